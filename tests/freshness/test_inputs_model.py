"""Whatever came when, a refresh makes every current row what its inputs, as they are now, make of it.

Files of days, notes and lists come and change, stages are made for days, weeks and months in any order. The
model knows the numbers that readers see, and works out with dates alone what each partition reads.
"""

import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.freshness.histories import run_on_postgresql, run_on_sqlite
from tests.freshness.ledger import Ledger

DAYS = [(date(2024, 12, 30) + timedelta(days=number)).isoformat() for number in range(7)] + ["2025-02-01"]
PARTITIONS = {
    "WEEK": ["2025-W01", "2025-W05"],
    "MONTH": ["2024-12", "2025-01", "2025-02"],
    "SHARE": DAYS,
    "REMARK": DAYS,
}
made = st.sampled_from([(stage, key) for stage, keys in PARTITIONS.items() for key in keys])


class Inputs(RuleBasedStateMachine):
    """Drives a ledger; subclasses say on which database."""

    url: str

    @initialize()
    def open(self) -> None:
        """Begin with an empty database and no file."""
        self.root = Path(tempfile.mkdtemp(prefix="spine-test-"))
        self.ledger = Ledger(self.url.format(folder=self.root), self.root)

    def teardown(self) -> None:
        """Let everything go."""
        if hasattr(self, "ledger"):
            self.ledger.database.dispose()
            shutil.rmtree(self.root)

    @rule(
        stage=st.sampled_from(["DAY", "NOTE", "LIST"]), day=st.sampled_from(DAYS), number=st.integers(1, 99)
    )
    def a_file_is_loaded(self, stage: str, day: str, number: int) -> None:
        """A file of a day comes, or another one, and is loaded."""
        self.ledger.file(stage, day, number)
        assert self.ledger.run(stage, day).status == "COMPLETE"

    @rule(
        stage=st.sampled_from(["DAY", "NOTE", "LIST"]), day=st.sampled_from(DAYS), number=st.integers(1, 99)
    )
    def a_file_changes(self, stage: str, day: str, number: int) -> None:
        """A file is another one, and nothing is run."""
        if day in self.ledger.rows(stage):
            self.ledger.file(stage, day, number)

    @rule()
    def the_first_week_is_loaded(self) -> None:
        """All of its days."""
        for day in DAYS[:7]:
            self.a_file_is_loaded("DAY", day, 1)

    @rule(place=made)
    def a_partition_is_made(self, place: tuple[str, str]) -> None:
        """It fails just where what it must have is not there."""
        stage, key = place
        result = self.ledger.run(stage, key)
        assert (result.status == "COMPLETE") == (self.expected(stage, key) is not None), result.error

    @rule()
    def everything_is_refreshed(self) -> None:
        """Each of the places once, and all is as it should be."""
        outcomes = self.ledger.refresh()
        assert all(outcome.ended_well for outcome in outcomes), outcomes
        places = [outcome.task.place for outcome in outcomes]
        assert len(places) == len(set(places))
        assert self.wrong() == set()
        assert self.ledger.plan().tasks == ()

    @invariant()
    def what_is_wrong_is_planned(self) -> None:
        """No row is both wrong and taken for fresh."""
        if hasattr(self, "ledger"):
            planned = {(task.place.stage, task.place.partition_key) for task in self.ledger.plan().tasks}
            assert self.wrong() <= planned

    def wrong(self) -> set[tuple[str, str]]:
        """Places whose number is not that of what they read now."""
        return {
            (stage, key)
            for stage in PARTITIONS
            for key, number in self.ledger.rows(stage).items()
            if number != self.expected(stage, key)
        }

    def expected(self, stage: str, key: str) -> int | None:
        """What the stage makes of what there is; None where something that it needs is missing."""
        days, notes = self.ledger.rows("DAY"), self.ledger.rows("NOTE")
        if stage == "WEEK":
            monday = date.fromisocalendar(int(key[:4]), int(key[6:]), 1)
            all_days = [(monday + timedelta(days=number)).isoformat() for number in range(7)]
            return sum(days[day] for day in all_days) if set(all_days) <= days.keys() else None
        if stage == "MONTH":
            own = [number for day, number in days.items() if day.startswith(key)]
            return sum(own) + self.latest(f"{key}-31") if own else None
        if stage == "REMARK":
            last = date.fromisoformat(key)
            window = [(last - timedelta(days=back)).isoformat() for back in range(3)]
            return sum(notes.get(day, 0) for day in window)
        month = self.ledger.rows("MONTH").get(key[:7])
        return None if month is None else month + notes.get(key, 0) + self.latest(key)

    def latest(self, day: str) -> int:
        """The number of the newest list at or before that day."""
        lists = self.ledger.rows("LIST")
        before = [each for each in lists if each <= day]
        return lists[max(before)] if before else 0


def test_on_sqlite() -> None:
    run_on_sqlite(Inputs)


def test_on_postgresql(postgres_server: str) -> None:
    run_on_postgresql(Inputs, postgres_server)
