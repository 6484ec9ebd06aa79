"""Checks as pipelines declare them: what makes an anomaly of a row, or of the stage as a whole.

How rows are counted against them stands in row_checks.py, what is said of the whole in whole_stage.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Literal

from spine.core.anomalies import AnomalyCode
from spine.errors import CheckConditionError

from .sql_texts import SqlText, as_written

if TYPE_CHECKING:
    from .inputs.declared import Input

_KINDS = ("when", "having", "unique", "partition")


@dataclass(frozen=True)
class Check:
    """What makes an anomaly; SQL in it means the same on every database. It is of one of four kinds.

    ``when`` is a condition on a row, which may look into the ``inputs`` by IN and EXISTS. ``unique`` are
    columns in which no two rows are alike (NULL is like nothing); of those that are, the first, the last or
    none is kept, and the others are dropped. ``partition`` has by dimension the column of its value: a row of
    another partition is an anomaly. ``having`` is a condition on aggregates over the rows that the stage
    wrote, of which ``PREVIOUS(aggregate)`` is that of the partition before; where it holds, the stage is one
    anomaly.
    """

    code: AnomalyCode | str
    _: KW_ONLY
    when: SqlText | None = None
    inputs: "Sequence[Input]" = ()
    having: SqlText | None = None
    unique: Sequence[str] = ()
    keep: Literal["first", "last", "none"] | None = None
    partition: Mapping[str, str] | None = None
    action: Literal["record", "drop", "fail"] = "record"
    max_rate: float | None = None  # share of the stage's rows, from 0 to 1, past which the stage fails

    def __post_init__(self) -> None:
        """Raise CheckConditionError unless it is of one kind, with what belongs to that."""
        kinds = [name for name in _KINDS if getattr(self, name)]
        if len(kinds) != 1:
            self._refuse(f"has {' and '.join(kinds) or 'nothing to look for'}", f"one of {', '.join(_KINDS)}")
        if self.having and (self.action == "drop" or self.max_rate is not None):
            what = "is of the stage as a whole, so that it drops no rows and has no rate of them"
            self._refuse(what, "the action record or fail")
        if bool(self.unique) != bool(self.keep):
            self._refuse("has only one of unique and keep", "both")
        if self.unique and self.action != "record":
            self._refuse(f"drops what is not kept, and has the action {self.action}", "no action")

    @property
    def drops(self) -> bool:
        """Whether it leaves out the rows that it finds."""
        return self.action == "drop" or bool(self.unique)

    @property
    def shown(self) -> str:
        """What it looks for, as people are shown it."""
        if condition := self.when or self.having:
            return as_written(condition)
        if self.unique:
            return f"unique ({', '.join(self.unique)}), keep {self.keep}"
        columns = (self.partition or {}).items()
        return " or ".join(f"{column} is of another {dimension}" for dimension, column in columns)

    def _refuse(self, what: str, wanted: str) -> None:
        raise CheckConditionError(f"check {self.code} {what}: give it {wanted}")
