"""A domain: its partitions and anomalies, and the spec as a whole."""

from collections.abc import Iterable, Mapping
from typing import Literal, Protocol, get_args

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.source import Span
from spine_gen.spec.finding import finding
from spine_gen.spec.language.changes import Breaking, DraftBreaking
from spine_gen.spec.language.stages import DraftInput, DraftStage, Stage, StageInput
from spine_gen.spec.language.workflows import DraftWorkflow, WorkflowSpec
from spine_gen.spec.node import (
    AsWritten,
    Filled,
    Given,
    Maybe,
    MaybePart,
    Name,
    Nodes,
    Valid,
    Values,
    Word,
    Written,
    field,
    node,
)
from spine_gen.spec.text_problem import TextProblem

Severity = Literal["INFO", "WARNING", "ERROR"]
TemporalType = Literal["date", "iso_week", "month", "quarter", "year"]
PartitionType = Literal[TemporalType, "enum", "string"]
Weekday = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]


@node
class _Calendar:
    """Which days are partitions: a library's days of an exchange, or those that are no holidays."""

    exchange: Maybe[Filled] = field(default=None)  # of exchange_calendars; of these two
    holidays: Maybe[Filled] = field(
        default=None
    )  # there is exactly one: a country, a part of it, or a market
    weekend: Values[Weekday] = field(default=())  # beside holidays: another one than the library's
    through: Maybe[AsWritten] = field(default=None)  # the last day that is written down; the dimension's end


class DraftCalendar(_Calendar, Written): ...


class Calendar(_Calendar, Valid): ...


@node
class _Dimension:
    """One dimension of the partition key; which fields are set depends on the type."""

    name: Name
    type: Given[PartitionType]
    start: Maybe[AsWritten] = field(default=None)  # temporal types: first partition, as a canonical key
    end: Maybe[AsWritten] = field(default=None)  # temporal types: last partition
    values: Values[AsWritten] = field(default=())  # enum: every value, in the declared order
    pattern: Maybe[Filled] = field(default=None)  # string: a regular expression the whole value must match
    calendar: MaybePart[DraftCalendar, Calendar] = field(default=None)  # date: which days there are
    renamed_from: Maybe[str] = field(default=None)


class DraftDimension(_Dimension, Written): ...


class Dimension(_Dimension, Valid):
    @property
    def temporal(self) -> bool:
        return self.type in get_args(TemporalType)


@node
class _Tier:
    """A level of refinement."""

    name: Name
    renamed_from: Maybe[str] = field(default=None)


class DraftTier(_Tier, Written): ...


class Tier(_Tier, Valid): ...


@node
class _Anomaly:
    """A declared anomaly code."""

    code: Name
    severity: Given[Severity]
    description: Maybe[Filled] = field(default=None)
    stored: Maybe[int] = field(default=None)  # of a capture's anomalies the first so many, else all
    renamed_from: Maybe[str] = field(default=None)


class DraftAnomaly(_Anomaly, Written): ...


class Anomaly(_Anomaly, Valid): ...


@node
class _Acknowledgement:
    """A finding that is meant to be there: at keys of the spec, or of what a schema change does."""

    code: Given[Filled]
    at: Maybe[Filled] = field(default=None)  # keys, parted by dots; everywhere, where it is left out
    of: Maybe[Filled] = field(default=None)  # table, table.column or index
    reason: Given[Filled]


class DraftAcknowledgement(_Acknowledgement, Written): ...


class Acknowledgement(_Acknowledgement, Valid): ...


@node
class _Spec:
    """One domain."""

    version: Given[Literal[1]] = field(key="spine")
    domain: Given[str]
    renamed_from: Maybe[str] = field(default=None)  # of the domain, as each part has its own
    description: Maybe[Filled] = field(default=None)
    owner: Maybe[Filled] = field(default=None)
    partitions: Nodes[DraftDimension, Dimension]
    tiers: Nodes[DraftTier, Tier]
    anomalies: Nodes[DraftAnomaly, Anomaly] = field(default=())
    stages: Nodes[DraftStage, Stage]
    workflows: Nodes[DraftWorkflow, WorkflowSpec] = field(default=())
    acknowledgements: Nodes[DraftAcknowledgement, Acknowledgement] = field(key="acknowledge", default=())
    breaking: MaybePart[DraftBreaking, Breaking] = field(default=None)


class OtherDrafts(Protocol):
    """The specs of other domains, as far as they are of the right shape."""

    def __call__(self, domain: str) -> "Draft | None": ...

    def domains(self) -> Iterable[str]:
        """All that there are."""


class Draft(_Spec, Written):
    path: str
    others: "OtherDrafts"

    @property
    def tiers_known(self) -> bool:
        """False where one is misshapen: then no tier is undeclared."""
        return "tiers" not in self.partly

    @property
    def anomalies_known(self) -> bool:
        """False where `anomalies` is misshapen: then no code is undefined."""
        return "anomalies" not in self.partly

    def stage(self, name: str) -> DraftStage | None:
        return next((stage for stage in self.stages if stage.name.value == name), None)

    def home(self, item: DraftInput) -> "Draft | None":
        """The spec of the stage that an input is."""
        domain, _ = item.place
        return self if domain in ("", self.domain and self.domain.value) else self.others(domain)

    def read(self, item: DraftInput) -> DraftStage | None:
        """The stage that an input is, of this domain or another."""
        home = self.home(item)
        return None if home is None else home.stage(item.place[1])

    def finding(
        self,
        code: Code,
        span: Span,
        headline: str,
        *,
        label: str | None = None,
        also: Iterable[tuple[Span, str]] = (),
        help: str | None = None,
    ) -> Diagnostic:
        """A diagnostic in this file, with the code's own severity."""
        return finding(
            self.path, code.code, span, headline, severity=code.severity, label=label, also=also, help=help
        )

    def problem(
        self,
        code: Code,
        word: Word,
        problem: TextProblem,
        of: str,
        *,
        also: Iterable[tuple[Span, str]] = (),
    ) -> Diagnostic:
        """What is wrong with a text of this file, which is the `of` of something."""
        span = word.within(problem.start, problem.end)
        return self.finding(code, span, f"{of}: {problem.what}", also=also, help=problem.help)


class Spec(_Spec, Valid):
    others: "Mapping[str, Spec]"  # of the domains that inputs name

    def home(self, item: StageInput) -> "Spec":
        """The spec of the stage that an input is."""
        domain, _ = item.place
        return self if domain in ("", self.domain) else self.others[domain]

    def read(self, item: StageInput) -> Stage:
        """The stage that an input is, of this domain or another."""
        return self.home(item).stage(item.place[1])

    def stage(self, name: str) -> Stage:
        """The stage of that name; KeyError if there is none."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)
