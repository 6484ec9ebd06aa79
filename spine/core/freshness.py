"""Decide by a complete capture's staleness whether its stage is made again, and say why or why not."""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from .captures import CaptureRecord
from .dependencies import Dependencies
from .recording import Remaking
from .staleness import (
    Reason,
    asked_otherwise,
    definition_reasons,
    file_reasons,
    input_reasons,
    recorded_files,
    told,
)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A complete capture, and what has changed since it was made."""

    record: CaptureRecord
    reasons: tuple[Reason, ...]

    def decide(self, remaking: Remaking) -> "CaptureRecord | str":
        """The capture where it stands, else the reason why its stage is to be made again.

        What is stale only because its author changed it is history that somebody may have published, so it
        stands until somebody says otherwise. Where its inputs or files changed too, so would its rows.
        """
        if not self.reasons:
            return self.record
        why = told(self.reasons)
        if remaking.keep_stale:
            return replace(self.record, standing=f"{why}; kept as it is")
        if all(reason.by_author for reason in self.reasons) and not remaking.restate:
            return replace(
                self.record,
                standing=f"{why}; kept, as it may have been published: --restate makes it again, "
                "spine accept says that the change alters no results",
            )
        return why


def judge(
    connection: sa.Connection,
    record: CaptureRecord,
    dependencies: Dependencies | None,
    *,
    inputs_changed: bool,
    inputs_asked: int | None,
) -> Judgement:
    """What has changed since the capture was made.

    Two answers are known already: whether any input that it recorded has changed, and how many it asked for
    as its stage declares them.
    """
    reasons: list[Reason] = []
    if inputs_changed:
        reasons += input_reasons(connection, [record.capture_id]).get(record.capture_id, ())
    if dependencies is not None and record.definition is not None:
        asked = dependencies.places
        if asked and len(asked) != inputs_asked:
            reasons += asked_otherwise(connection, record.capture_id, asked)
        reasons += definition_reasons(connection, record, dependencies.definition)
        if dependencies.files:
            recorded = recorded_files(connection, [record.capture_id]).get(record.capture_id, {})
            reasons += file_reasons(recorded, dependencies)
    return Judgement(record=record, reasons=tuple(reasons))
