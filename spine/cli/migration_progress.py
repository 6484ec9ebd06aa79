"""How a migration goes, on stderr: each revision as it begins and ends, and what takes long in between."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from spine.cli.output import note, progress, visible
from spine.migrations.plan import Step
from spine.migrations.watching import MigrationWatch, in_short

SILENCE_SECONDS = 10.0  # after so long without a line, one says what is being done


class MigrationProgress(MigrationWatch):
    """Prints a line where a revision begins and ends; on a terminal also each statement, while it runs."""

    def __init__(self, update: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._update = update
        self._clock = clock
        self._step: Step | None = None
        self._statement = ""
        self._began = self._since = clock()

    def builds(self, step: Step) -> None:
        """Say which."""
        self._step = step
        note(f"{step.revision.revision}: building {', '.join(step.builds)} while others write")

    def begins(self, step: Step) -> None:
        """Say so."""
        self._step, self._began = step, self._clock()
        note(f"{step.revision.revision}: {'undoing' if step.undoing else 'applying'}")

    def executes(self, statement: str) -> None:
        """Show it on a terminal."""
        self._statement, self._since = in_short(statement), self._clock()
        self._update(self._statement)

    def ends(self, step: Step) -> None:
        """Say how long it took."""
        note(f"{step.revision.revision}: took {self._clock() - self._began:.1f} s")
        self._step = None

    def waits(self, why: str) -> None:
        """Say why."""
        self._step = None
        note(visible(why))

    def still(self) -> None:
        """Say what has been running for how long."""
        step, statement, seconds = self._step, self._statement, self._clock() - self._since
        if step is not None:
            note(f"{step.revision.revision}: {seconds:.0f} s in {statement}")


@contextmanager
def migration_progress() -> Iterator[MigrationProgress]:
    """A watch that prints; what takes long is told again and again, from a thread, as a statement blocks."""
    with progress() as update:
        watch, over = MigrationProgress(update), threading.Event()

        def tell() -> None:
            while not over.wait(SILENCE_SECONDS):
                watch.still()

        teller = threading.Thread(target=tell, daemon=True)
        teller.start()
        try:
            yield watch
        finally:
            over.set()
            teller.join()
