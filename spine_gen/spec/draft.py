"""A spec as written: every word with its place, whatever is misshapen left out (None, or an empty tuple).

The semantic rules read drafts rather than the model, so that one broken part of a spec neither hides the
problems of the others nor causes new ones. A rule that needs a part which is None has nothing to say: the
shape check has already said it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from spine_gen.diagnostics import CODES, Diagnostic, Label, Place
from spine_gen.source import Scalar, Span

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Located(Generic[T_co]):
    """A value and the scalar that it was written as."""

    value: T_co
    node: Scalar

    @property
    def span(self) -> Span:
        return self.node.span

    def within(self, start: int, end: int) -> Span:
        """Where the characters `start:end` of a text stand in the file."""
        return self.node.within(start, end)


Word: TypeAlias = Located[str]
Number: TypeAlias = Located[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftDimension:
    name: Word
    type: Word | None
    start: Word | None
    end: Word | None
    values: tuple[Word, ...]
    pattern: Word | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftAnomaly:
    code: Word
    severity: Word | None
    description: Word | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftColumn:
    name: Word
    type: Word | None
    precision: Number | None
    scale: Number | None
    nullable: bool
    source_name: Word | None
    description: Word | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTable:
    name: Word | None
    key: tuple[Word, ...]
    columns: tuple[DraftColumn, ...]
    description: Word | None
    columns_key: Span  # the word `columns`, or the table's place where it is missing

    def column(self, name: str) -> DraftColumn | None:
        return next((column for column in self.columns if column.name.value == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftInput:
    stage: Word
    window: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCheck:
    code: Word | None
    when: Word | None
    action: Word | None
    max_rate: Located[float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSource:
    format: Word | None
    path: Word | None
    delimiter: Word | None
    quote: Word | None
    final_newline: Word | None
    malformed: Word | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSql:
    sqlite: Word | None
    postgresql: Word | None

    @property
    def portable(self) -> bool:
        """Whether one text serves both databases."""
        return self.sqlite is not None and self.sqlite is self.postgresql


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftStage:
    name: Word
    tier: Word | None
    description: Word | None
    inputs: tuple[DraftInput, ...]
    inputs_key: Span | None  # the word `inputs`
    source: DraftSource | None
    sql: DraftSql | None
    python: Word | None
    kind_key: Span | None  # the word `source`, `sql` or `python`
    table: DraftTable | None
    checks: tuple[DraftCheck, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCheckStep:
    name: Word
    require: tuple[Word, ...]
    expect: Word | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftStageStep:
    name: Word  # the stage's name is the step's


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChoiceStep:
    name: Word
    condition: Word | None
    then: Word | None
    otherwise: Word | None


DraftStep: TypeAlias = DraftCheckStep | DraftStageStep | DraftChoiceStep


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftWorkflow:
    name: Word
    description: Word | None
    schedule: Word | None
    steps: tuple[DraftStep, ...]
    steps_known: bool  # False where a step is misshapen: then none that is referred to is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One domain, as written."""

    path: str
    domain: Word | None
    description: Word | None
    owner: Word | None
    partitions: tuple[DraftDimension, ...]
    tiers: tuple[Word, ...]
    tiers_known: bool  # False where one is misshapen: then no tier is undeclared
    anomalies: tuple[DraftAnomaly, ...]
    anomalies_known: bool  # False where `anomalies` is misshapen: then no code is undefined
    stages: tuple[DraftStage, ...]
    workflows: tuple[DraftWorkflow, ...]

    def stage(self, name: str) -> DraftStage | None:
        return next((stage for stage in self.stages if stage.name.value == name), None)

    def finding(
        self,
        code: str,
        span: Span,
        headline: str,
        *,
        label: str | None = None,
        also: Iterable[tuple[Span, str]] = (),
        help: str | None = None,
    ) -> Diagnostic:
        """A diagnostic in this file, with the code's own severity."""
        return finding(self.path, code, span, headline, label=label, also=also, help=help)


def with_right_case(names: Iterable[str]) -> frozenset[str]:
    """Names as written and as they have to be: the wrong case is a mistake only where it is declared."""
    names = frozenset(names)
    return names | {name.upper() for name in names}


def finding(
    path: str,
    code: str,
    span: Span,
    headline: str,
    *,
    label: str | None = None,
    also: Iterable[tuple[Span, str]] = (),
    help: str | None = None,
) -> Diagnostic:
    """A diagnostic with the code's own severity; `also` are further places in the same file."""
    return Diagnostic(
        code=code,
        severity=CODES[code].severity,
        headline=headline,
        place=Place(path=path, span=span),
        label=label,
        labels=tuple(Label(place=Place(path=path, span=where), text=text) for where, text in also),
        help=help,
    )
