"""What a spec says of its own changes: those that are meant, though they break readers of the data."""

from typing import Literal

from spine_gen.spec.node import Filled, Given, Maybe, Nodes, Valid, Written, field, node

# spine_gen/breaking/kinds.py says what each means.
ChangeKind = Literal[
    "removed-domain",
    "renamed-domain",
    "changed-owner",
    "changed-description",
    "removed-dimension",
    "renamed-dimension",
    "added-dimension",
    "reordered-dimensions",
    "retyped-dimension",
    "later-start",
    "earlier-start",
    "earlier-end",
    "later-end",
    "removed-value",
    "added-value",
    "reordered-values",
    "changed-pattern",
    "removed-calendar",
    "added-calendar",
    "changed-calendar",
    "shortened-calendar",
    "extended-calendar",
    "removed-tier",
    "renamed-tier",
    "added-tier",
    "reordered-tiers",
    "removed-code",
    "renamed-code",
    "added-code",
    "lowered-severity",
    "raised-severity",
    "fewer-stored",
    "more-stored",
    "removed-stage",
    "renamed-stage",
    "added-stage",
    "reordered-stages",
    "changed-tier",
    "changed-kind",
    "changed-sql",
    "changed-function",
    "changed-rows",
    "added-input",
    "removed-input",
    "changed-window",
    "changed-input",
    "changed-partitions",
    "changed-source-format",
    "changed-source-path",
    "changed-source-rows",
    "changed-source-query",
    "changed-source-options",
    "changed-source-name",
    "tolerated-malformed",
    "refused-malformed",
    "changed-malformed",
    "removed-check",
    "weakened-check",
    "strengthened-check",
    "changed-condition",
    "added-check",
    "removed-table",
    "renamed-table",
    "added-table",
    "changed-writer",
    "reduced-key",
    "extended-key",
    "changed-key",
    "reordered-key",
    "removed-provenance-column",
    "added-provenance-column",
    "removed-index",
    "renamed-index",
    "added-index",
    "removed-column",
    "renamed-column",
    "added-nullable-column",
    "added-required-column",
    "reordered-columns",
    "retyped-column",
    "narrowed-column",
    "widened-column",
    "nullable-column",
    "required-column",
    "filled-column",
    "added-default",
    "changed-default",
    "removed-default",
    "removed-workflow",
    "renamed-workflow",
    "added-workflow",
    "removed-schedule",
    "changed-schedule",
    "added-schedule",
    "removed-stage-step",
    "added-stage-step",
    "reordered-steps",
    "added-parameter",
    "removed-parameter",
    "removed-check-step",
    "changed-check-step",
    "added-check-step",
    "removed-choice",
    "changed-choice",
    "added-choice",
]


@node
class _IgnoredChange:
    """A kind of change that is meant: of one subject, or wherever it comes."""

    kind: Given[ChangeKind]
    subject: Maybe[Filled] = field(default=None)  # as `spine-gen breaking` calls it
    reason: Given[Filled]


class DraftIgnoredChange(_IgnoredChange, Written): ...


class IgnoredChange(_IgnoredChange, Valid): ...


@node
class _Breaking:
    """What `spine-gen breaking` is told."""

    ignore: Nodes[DraftIgnoredChange, IgnoredChange] = field(default=())


class DraftBreaking(_Breaking, Written): ...


class Breaking(_Breaking, Valid): ...
