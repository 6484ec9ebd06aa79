"""Spec text to model: the spec phase, top to bottom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from spine_gen.diagnostics import Diagnostic
from spine_gen.source import Document, Problem, ReadResult, read_document
from spine_gen.spec.acknowledging import acknowledge
from spine_gen.spec.finding import finding
from spine_gen.spec.fit import fits_schema
from spine_gen.spec.language import Draft, Spec
from spine_gen.spec.read_draft import read_draft, to_spec
from spine_gen.spec.rules import RULES

_OF_WHOLE_SPECS = ("SG324", "SG340", "SG342")  # that something is not used, which only a whole spec can tell


class Others(Protocol):
    """Finds specs by the domains that they declare."""

    def find(self, domain: str) -> tuple[Path, bytes] | None: ...

    def domains(self) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSpec:
    """One file's spec where nothing is wrong with it, and everything there is to say about it."""

    path: str
    text: str  # as decoded, for excerpts
    spec: Spec | None  # None where a diagnostic is an error
    document: Document | None  # None where it could not be read
    diagnostics: tuple[Diagnostic, ...] = ()  # by place, each once
    others: Mapping[Path, bytes] = field(default_factory=dict)  # the specs of other domains that were read

    @property
    def ok(self) -> bool:
        return self.spec is not None


def check_spec(content: str | bytes, path: str, others: Others | None = None) -> CheckedSpec:
    """Every problem of one spec at once, and its model where there is no error; the path is only a name.

    ``others`` finds the specs of the domains that its inputs name.
    """
    neighbours = _Neighbours(others)
    result, draft, diagnostics = _judged(content, path, neighbours)
    failed = any(diagnostic.severity == "error" for diagnostic in diagnostics)
    spec = to_spec(draft) if draft is not None and not failed else None
    return CheckedSpec(
        path=path,
        text=result.text,
        spec=spec,
        document=result.document,
        diagnostics=diagnostics,
        others=neighbours.read,
    )


def check_yaml(content: str | bytes, path: str) -> CheckedSpec:
    """Every problem of one file's YAML, whatever it says; the path is only a name."""
    result = read_document(content, path)
    found = _in_order(_diagnostic(problem, path) for problem in result.problems)
    return CheckedSpec(path=path, text=result.text, spec=None, document=result.document, diagnostics=found)


class _Neighbours:
    """The specs that a spec's inputs lead to, at any remove; each is read when it is asked for."""

    def __init__(self, others: Others | None) -> None:
        self._others = others
        self.read: dict[Path, bytes] = {}
        self._drafts: dict[str, Draft | None] = {}

    def __call__(self, domain: str) -> Draft | None:
        """The domain's spec as far as it can be used; None where there is none, or one of another shape."""
        if domain not in self._drafts:
            self._drafts[domain] = self._draft(domain)
        return self._drafts[domain]

    def domains(self) -> Iterable[str]:
        """All that there are."""
        return () if self._others is None else self._others.domains()

    def _draft(self, domain: str) -> Draft | None:
        found = None if self._others is None else self._others.find(domain)
        if found is None:
            return None
        path, content = found
        self.read[path] = content
        document = read_document(content, path.as_posix()).document
        if document is None or not fits_schema(document):
            return None
        draft = read_draft(document)
        vars(draft).update(others=self)
        return draft


def _judged(
    content: str | bytes, path: str, neighbours: _Neighbours
) -> tuple[ReadResult, Draft | None, tuple[Diagnostic, ...]]:
    result = read_document(content, path)
    found = [_diagnostic(problem, path) for problem in result.problems]
    draft: Draft | None = None
    if result.document is not None:
        document, misshapen = _shape(result.document)
        draft = read_draft(document)
        vars(draft).update(others=neighbours)
        meant = [finding for rule in RULES for finding in rule.check(draft)]
        found += misshapen
        found += [finding for finding in meant if not misshapen or finding.code not in _OF_WHOLE_SPECS]
        if draft.acknowledgements:
            found = [*acknowledge(draft, document, found)]
    return result, draft, _in_order(found)


def _shape(document: Document) -> tuple[Document, list[Diagnostic]]:
    """What is wrong with the document's shape, and the document with every part in its place."""
    if fits_schema(document):
        return document, []
    from spine_gen.spec.indentation import straightened
    from spine_gen.spec.shape import check_shape  # with the library that can say what is wrong

    misshapen = list(check_shape(document))
    if not misshapen:
        return document, []
    straight, moved = straightened(document)
    return straight, [*moved, *check_shape(straight)] if moved else misshapen


def _in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By place, each once: what an anchor's value has wrong is not said again for each of its aliases."""
    once: dict[tuple[object, ...], Diagnostic] = {}
    for diagnostic in diagnostics:
        once.setdefault((diagnostic.code, diagnostic.place, diagnostic.labels, diagnostic.help), diagnostic)
    return tuple(sorted(once.values(), key=Diagnostic.sort_key))


def _diagnostic(problem: Problem, path: str) -> Diagnostic:
    return finding(
        path,
        problem.code,
        problem.span,
        problem.headline,
        label=problem.label,
        also=problem.others,
        help=problem.help,
    )
