"""The kinds of change, each with its judgement and what it means: the one table of them.

A judgement is of the kind and not of the case: `breaking` where a reader or a schedule fails, or finds less
under the same name; `dangerous` where values or runs may differ; `safe` where nobody is disturbed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from spine_gen.spec.language import ChangeKind

Judgement: TypeAlias = Literal["breaking", "dangerous", "safe"]
JUDGEMENTS: tuple[Judgement, ...] = get_args(Judgement)  # the gravest first


@dataclass(frozen=True)
class Kind:
    """A kind of change."""

    judgement: Judgement
    meaning: str  # for those who read the data or run the workflows


KINDS: Mapping[ChangeKind, Kind] = {
    # the domain
    "removed-domain": Kind("breaking", "The spec is gone: nothing of the domain is made any more."),
    "renamed-domain": Kind(
        "breaking", "Who reads the manifest, or runs workflows and pipelines, does so by the domain's name."
    ),
    "changed-owner": Kind("safe", "Somebody else is asked about the data."),
    "changed-description": Kind("safe", "What people are told is another text; the data is the same."),
    # partitions
    "removed-dimension": Kind(
        "breaking",
        "Partition keys lose a part: no key that is written down anywhere names a partition any more.",
    ),
    "renamed-dimension": Kind(
        "breaking", "Keys of several dimensions, and `--partition` with them, have another name in them."
    ),
    "added-dimension": Kind(
        "breaking",
        "Partition keys gain a part: no key that is written down anywhere names a partition any more.",
    ),
    "reordered-dimensions": Kind("breaking", "Keys of several dimensions have their parts in another order."),
    "retyped-dimension": Kind("breaking", "Partition keys have another form."),
    "later-start": Kind(
        "breaking", "The first partitions are none any more: they cannot be run, and windows end before them."
    ),
    "earlier-start": Kind(
        "dangerous",
        "There are partitions before those that were first: they are missing, and first windows reach back.",
    ),
    "earlier-end": Kind("breaking", "The last partitions are none any more: they cannot be run."),
    "later-end": Kind("safe", "There are more partitions after those that were last."),
    "removed-value": Kind("breaking", "The value's partitions are none any more: they cannot be run."),
    "added-value": Kind("dangerous", "Who lists the values does not have this one."),
    "reordered-values": Kind("safe", "The values are shown in another order."),
    "changed-pattern": Kind("breaking", "Keys that were taken may be refused, and others may come."),
    "removed-calendar": Kind(
        "dangerous", "Every day is a partition: those between are missing, and windows are of those too."
    ),
    "added-calendar": Kind(
        "breaking", "Days that do not count are no partitions any more: they are neither run nor read."
    ),
    "changed-calendar": Kind(
        "breaking", "Other days count: some cannot be run any more, and windows are of others."
    ),
    "shortened-calendar": Kind(
        "breaking", "The last days are not known any more, and so no partitions: they cannot be run."
    ),
    "extended-calendar": Kind("safe", "Further days are known, and can be run."),
    # tiers
    "removed-tier": Kind("safe", "No stage is of it; a stage that was is a change of its own."),
    "renamed-tier": Kind("breaking", "Who reads the manifest does so by tier."),
    "added-tier": Kind("safe", "Nothing is at it yet."),
    "reordered-tiers": Kind("safe", "The tiers are shown in another order."),
    # anomaly codes
    "removed-code": Kind(
        "breaking", "Anomalies of the code are recorded no more: who counts them finds none."
    ),
    "renamed-code": Kind("breaking", "Who looks for anomalies by the code does not find them."),
    "added-code": Kind("safe", "Anomalies of another code may be recorded."),
    "lowered-severity": Kind(
        "breaking", "Who looks from a severity upwards does not see these anomalies any more."
    ),
    "raised-severity": Kind("dangerous", "Who looks from a severity upwards sees more anomalies."),
    "fewer-stored": Kind(
        "breaking", "Of fewer anomalies more than the number is stored: who looks for the others finds none."
    ),
    "more-stored": Kind("safe", "Of more anomalies more than the number is stored."),
    # stages
    "removed-stage": Kind(
        "breaking", "Nothing is recorded for the stage any more, and its pipeline is gone."
    ),
    "renamed-stage": Kind(
        "breaking", "Who reads the manifest, or runs the pipeline, does so by the stage's name."
    ),
    "added-stage": Kind("safe", "There is more to read."),
    "reordered-stages": Kind(
        "safe", "The stages are shown in another order; what they read says in which they run."
    ),
    "changed-tier": Kind("breaking", "Who reads the manifest does so by stage and tier."),
    "changed-kind": Kind(
        "dangerous", "The rows are made in another way (source, sql or python), and may be others."
    ),
    "changed-sql": Kind("dangerous", "The rows may be others; what was made so far is stale."),
    "changed-function": Kind("dangerous", "Another function makes the rows, which may be others."),
    "changed-rows": Kind(
        "dangerous", "The function gets its inputs in another form; what it makes of them may differ."
    ),
    "added-input": Kind("dangerous", "The rows depend on more: the stage waits for another one."),
    "removed-input": Kind("dangerous", "The rows depend on less, and may be others."),
    "changed-window": Kind("dangerous", "The rows are made of more or fewer partitions, and may be others."),
    "changed-input": Kind(
        "dangerous", "The rows are made of other partitions of the input, or without it, and may be others."
    ),
    "changed-partitions": Kind(
        "breaking",
        "The stage's partition keys have another form: none written down names one any more.",
    ),
    # sources
    "changed-source-format": Kind(
        "dangerous", "Files have to be delivered in another form; those that are there cannot be read again."
    ),
    "changed-source-path": Kind(
        "dangerous", "Files have to be delivered elsewhere; those that are there are not found again."
    ),
    "changed-source-rows": Kind(
        "dangerous",
        "Other rows of the files are those of a partition: what it has may be others, or nothing.",
    ),
    "changed-source-query": Kind(
        "dangerous", "Another database or query is read: rows may be others; what was made so far is stale."
    ),
    "changed-source-options": Kind(
        "dangerous", "Files are read with another delimiter, quote or end: rows may be others, or refused."
    ),
    "changed-source-name": Kind(
        "dangerous", "The column is filled from another field of the file: its values may be others."
    ),
    "tolerated-malformed": Kind(
        "breaking",
        "Lines that do not parse are left out and recorded: a file is not whole or nothing any more.",
    ),
    "refused-malformed": Kind(
        "dangerous", "A line that does not parse fails the stage: files that were taken may not be."
    ),
    "changed-malformed": Kind(
        "breaking",
        "Lines that do not parse are recorded by another code: who looks for the first finds none.",
    ),
    # checks
    "removed-check": Kind("breaking", "What the check kept out or recorded goes through unseen."),
    "weakened-check": Kind(
        "breaking", "Rows that failed the stage or were left out come through, or more of them do."
    ),
    "strengthened-check": Kind(
        "dangerous", "Rows that came through are left out, or the stage fails of them."
    ),
    "changed-condition": Kind("dangerous", "The check finds other rows: more, or fewer."),
    "added-check": Kind("dangerous", "Rows that nobody looked at are recorded, left out, or fail the stage."),
    # tables
    "removed-table": Kind("breaking", "The table is gone, and its `_current` view with it."),
    "renamed-table": Kind("breaking", "Queries name the table and its view."),
    "added-table": Kind("safe", "There is more to read."),
    "changed-writer": Kind(
        "dangerous", "Another stage writes the table: until it has, its view shows nothing."
    ),
    "reduced-key": Kind("breaking", "A row stands for what were several."),
    "extended-key": Kind(
        "breaking", "Several rows stand for what was one: joins by the earlier key repeat rows."
    ),
    "changed-key": Kind("breaking", "A row stands for something else."),
    "reordered-key": Kind("safe", "The rows are stored and delivered in another order."),
    "removed-provenance-column": Kind(
        "breaking", "The stage has no inputs any more, and its table no range of their captures."
    ),
    "added-provenance-column": Kind(
        "safe", "The stage has inputs, and its table the range of their captures."
    ),
    "removed-index": Kind("dangerous", "Queries that it served read the whole table."),
    "renamed-index": Kind("safe", "No query reads an index by its name."),
    "added-index": Kind("safe", "Queries may be faster; every publication keeps one more up to date."),
    # columns
    "removed-column": Kind("breaking", "Queries that name the column fail."),
    "renamed-column": Kind("breaking", "Queries that name the column fail."),
    "added-nullable-column": Kind("safe", "There is more to read; NULL in the rows of earlier captures."),
    "added-required-column": Kind(
        "dangerous", "Earlier captures have no value for it: they have to be made again."
    ),
    "reordered-columns": Kind("safe", "Databases keep the order that they have; a new one has the other."),
    "retyped-column": Kind("breaking", "Values come as another type."),
    "narrowed-column": Kind("breaking", "Values have fewer digits: what is compared or added up may differ."),
    "widened-column": Kind("dangerous", "Values may have more digits than readers have room for."),
    "nullable-column": Kind("breaking", "NULL may come where it never did."),
    "required-column": Kind("safe", "NULL does not come any more."),
    "filled-column": Kind(
        "dangerous", "Rows that have NULL get the default, superseded ones too: the past is told otherwise."
    ),
    "added-default": Kind("safe", "Rows that are there keep what they have; no new row gets it."),
    "changed-default": Kind("safe", "Rows that were filled keep what they have; no new row gets it."),
    "removed-default": Kind("safe", "Rows that were filled keep what they have."),
    # workflows
    "removed-workflow": Kind("breaking", "Whatever runs the workflow fails."),
    "renamed-workflow": Kind("breaking", "Whatever runs the workflow does so by its name."),
    "added-workflow": Kind("safe", "There is more to run."),
    "removed-schedule": Kind("breaking", "The workflow does not run by itself any more."),
    "changed-schedule": Kind("dangerous", "Results come at other times."),
    "added-schedule": Kind("safe", "The workflow runs by itself."),
    "removed-stage-step": Kind("breaking", "Running the workflow does not make the stage any more."),
    "added-stage-step": Kind(
        "dangerous", "Running the workflow makes one more stage, which takes time and may fail."
    ),
    "reordered-steps": Kind("dangerous", "Other steps come first: what ran before a stop may not run."),
    "added-parameter": Kind("breaking", "Runs that do not give the parameter fail."),
    "removed-parameter": Kind("safe", "Runs need not give the parameter."),
    "removed-check-step": Kind("dangerous", "Runs that stopped at the condition go on."),
    "changed-check-step": Kind("dangerous", "Runs stop at another condition."),
    "added-check-step": Kind("dangerous", "Runs that went on may stop at the condition."),
    "removed-choice": Kind("dangerous", "Runs go another way: steps that were passed over run."),
    "changed-choice": Kind("dangerous", "Runs go another way."),
    "added-choice": Kind("dangerous", "Runs go another way: steps may be passed over."),
}


def kinds_as_markdown() -> str:
    """The table as the documentation has it."""
    rows = (f"| `{name}` | {kind.judgement} | {kind.meaning} |" for name, kind in KINDS.items())
    return "\n".join(("| Kind | Judged | What it means |", "| --- | --- | --- |", *rows, ""))
