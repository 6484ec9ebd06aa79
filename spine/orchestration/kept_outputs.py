"""Keep what a pipeline leaves in the context with its capture, and give it back when a rerun skips the
pipeline.

What is in the context when the pipeline records COMPLETE commits with it; what comes later, or changes, is
written with the next transaction of the run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select

from spine.core.tables import core_capture_outputs
from spine.errors import OutputNotKeptWarning
from spine.orchestration.context import WorkflowContext
from spine.orchestration.outputs import KeptOutputs, keep_outputs, restore_outputs

if TYPE_CHECKING:
    from spine.core.captures import CaptureRecord
    from spine.core.database.statements import Command
    from spine.core.tracking import Tracking

_INSERT = insert(core_capture_outputs)
_DELETE = delete(core_capture_outputs).where(core_capture_outputs.c.capture_id == bindparam("of_capture"))

_OUTPUTS = select(core_capture_outputs.c.outputs).where(
    core_capture_outputs.c.capture_id == bindparam("of_capture")
)


class OutputKeeper:
    """The outputs of the pipelines of one run."""

    def __init__(self, context: WorkflowContext, tracking: "Tracking") -> None:
        self._context = context
        self._tracking = tracking
        self._last: str | None = None  # the capture that this step completed last
        self._kept: dict[str, KeptOutputs] = {}  # of this step's captures: their outputs as they were written
        self._keys: dict[str, str] = {}  # the capture that each written key belongs to
        self.warnings: list[OutputNotKeptWarning] = []
        tracking.completing = self._complete

    def begin_step(self) -> None:
        """Count the coming step's writes to the context as its own."""
        self._context.forget_written()
        self._last = None
        self._kept.clear()
        self._keys.clear()

    def keep_rest(self, step: str) -> None:
        """After the step: write what its pipeline left in the context since it recorded COMPLETE."""
        if self._last is None:
            return  # nothing completed here, so a rerun will run the pipeline again
        written = self._context.written()
        for key in written:
            self._keys.setdefault(key, self._last)
        for capture_id, before in self._kept.items():
            own = {key: value for key, value in written.items() if self._keys[key] == capture_id}
            kept = keep_outputs(own)
            self._warn(step, kept.lost)
            if kept == before:
                continue
            if before.is_any:
                self._tracking.writer.defer(_DELETE, {"of_capture": capture_id})
            if kept.is_any:
                self._tracking.writer.defer(_INSERT, {"capture_id": capture_id, "outputs": kept.text})

    def restore(self, captures: Iterable["CaptureRecord"]) -> None:
        """Write into the context what the captures left there, except what the pipeline wrote itself."""
        own = self._context.written()
        for capture in captures:
            if capture.outputs is None:
                continue
            outputs = restore_outputs(capture.outputs)
            self._context.update({key: value for key, value in outputs.values.items() if key not in own})
            for key, why in outputs.lost.items():
                if key not in own:
                    self._context.mark_not_kept(key, f"{why} (left by {capture.stage})")

    def recall(self, capture: "CaptureRecord") -> None:
        """Write into the context what a capture left there that this run has no step for."""
        self.begin_step()
        with self._tracking.read() as connection:
            outputs = connection.execute(_OUTPUTS, {"of_capture": capture.capture_id}).scalar()
        self.restore([replace(capture, outputs=outputs)])

    def _complete(self, capture_id: str) -> "tuple[Command, ...]":
        """What stores the outputs so far, for the transaction of the capture's COMPLETE."""
        self._last = capture_id
        own: dict[str, Any] = {}
        for key, value in self._context.written().items():
            if self._keys.setdefault(key, capture_id) == capture_id:
                own[key] = value
        kept = self._kept[capture_id] = keep_outputs(own)
        return ((_INSERT, {"capture_id": capture_id, "outputs": kept.text}),) if kept.is_any else ()

    def _warn(self, step: str, lost: Mapping[str, str]) -> None:
        for key, reason in lost.items():
            self.warnings.append(
                OutputNotKeptWarning(
                    f"what step {step!r} left in context[{key!r}] is not kept for reruns that skip it: "
                    f"{reason}. Store it in a table with its capture_id and read it there, or leave plain "
                    f"values in the context: text, numbers, dates, and lists and dicts of those"
                )
            )
