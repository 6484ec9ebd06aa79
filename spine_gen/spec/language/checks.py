"""Checks: what makes an anomaly of a row, or of all that a stage made."""

from typing import Literal

from spine_gen.spec.language.sql_texts import DraftSqlText, SqlText
from spine_gen.spec.node import (
    IN_PLACE,
    Given,
    Maybe,
    MaybePart,
    Name,
    Nodes,
    Valid,
    Values,
    Written,
    field,
    node,
)

Action = Literal["record", "drop", "fail"]
CheckKind = Literal["when", "having", "unique", "partition"]
Keep = Literal["first", "last", "none"]


@node
class _OfPartition:
    """The column of a row that has the partition's value of a dimension."""

    dimension: Name
    column: Given[str] = field(key=IN_PLACE)


class DraftOfPartition(_OfPartition, Written):
    TEXT_FOR = ("column",)


class OfPartition(_OfPartition, Valid): ...


@node
class _Check:
    """What makes an anomaly: of a row that is odd, repeated or astray, or of the stage as a whole."""

    code: Given[str]
    when: MaybePart[DraftSqlText, SqlText] = field(default=None)  # of a row; of these four
    having: MaybePart[DraftSqlText, SqlText] = field(default=None)  # of all rows
    unique: Values[str] = field(default=())
    partition: Nodes[DraftOfPartition, OfPartition] = field(default=())  # there is exactly one
    keep: Maybe[Keep] = field(default=None)  # beside unique: which of the rows that are alike
    action: Maybe[Action] = field(default=None)  # beside the others
    max_rate: Maybe[float] = field(default=None)  # share of the stage's rows past which the stage fails


class DraftCheck(_Check, Written): ...


class Check(_Check, Valid):
    @property
    def kind(self) -> CheckKind:
        """Which of the four it is."""
        others: tuple[CheckKind, ...] = ("when", "having", "partition")
        return next((kind for kind in others if getattr(self, kind)), "unique")

    @property
    def effect(self) -> Action:
        """What becomes of the rows that it finds, or of the stage."""
        return self.action or "drop"

    @property
    def looks_for(self) -> str:
        """What makes an anomaly, as people are shown it."""
        if sql := self.when or self.having:
            return " / ".join(dict.fromkeys((sql.sqlite, sql.postgresql)))
        if self.partition:
            return " or ".join(f"{one.column} is of another {one.dimension}" for one in self.partition)
        return f"unique ({', '.join(self.unique)}), keep {self.keep}"
