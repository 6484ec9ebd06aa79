"""Whether a stage that is complete is made again: what has changed since, and what the run was told to do."""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from .captures import CaptureRecord
from .dependencies import Dependencies
from .file_staleness import file_reasons
from .staleness import (
    Reason,
    asked_otherwise,
    definition_reasons,
    destroyed_reasons,
    input_reasons,
    is_declared_otherwise,
    told,
)


@dataclass(frozen=True, kw_only=True)
class Remaking:
    """Which of the captures that are complete are made again, besides those whose inputs or files changed."""

    force: bool = False  # all of them
    restate: bool = False  # those whose definition or logic changed
    keep_stale: bool = False  # none at all

    def decide(self, record: CaptureRecord, reasons: tuple[Reason, ...]) -> CaptureRecord | str:
        """The capture where it stands, else the reason why its stage is to be made again.

        What is stale only because its author changed it is history that somebody may have published, so it
        stands until somebody says otherwise. Where its inputs or files changed too, so would its rows.
        """
        if not reasons:
            return record
        why = told(reasons)
        if self.keep_stale:
            return replace(record, standing=f"{why}; kept as it is")
        if all(reason.by_author for reason in reasons) and not self.restate:
            return replace(
                record,
                standing=f"{why}; kept, as it may have been published: --restate makes it again, "
                "spine accept says that the change alters no results",
            )
        return why


def changes_since(
    connection: sa.Connection,
    record: CaptureRecord,
    dependencies: Dependencies | None,
    *,
    inputs_changed: bool,
    inputs_asked: int | None,
) -> tuple[Reason, ...]:
    """What has changed since the capture was made.

    Two answers are known already: whether any input that it recorded has changed, and how many it asked for
    as its stage declares them. Of windows by a calendar, and of several that are read as one, that says
    nothing of which.
    """
    reasons: list[Reason] = []
    if inputs_changed:
        reasons += input_reasons(connection, [record.capture_id]).get(record.capture_id, ())
    if dependencies is not None and record.definition is not None:
        now, asked = dependencies.definition, dependencies.inputs
        if (
            asked
            and (len(asked) != inputs_asked or dependencies.may_be_others)
            and not is_declared_otherwise(connection, record, now, "inputs")
        ):
            reasons += asked_otherwise(connection, record.capture_id, asked)
        reasons += definition_reasons(connection, record, now)
        reasons += destroyed_reasons(record, now)
        reasons += file_reasons(connection, record, dependencies)
    return tuple(reasons)
