"""Whatever happened before, a refresh makes every current row equal to a rebuild from nothing.

Late weeks, restated files, changed definitions, forced runs and kills come in any order. The model knows the
files and the versions, and what a stage makes of its inputs in a line each; it knows nothing of captures.
"""

import shutil
import tempfile
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.freshness.desk import TABLES, Desk
from tests.freshness.histories import run_on_postgresql, run_on_sqlite

WEEKS = [f"2025-W{week:02}" for week in range(1, 6)]
weeks = st.sampled_from(WEEKS)
numbers = st.lists(st.integers(0, 40), max_size=4, unique=True)
stages = st.sampled_from(list(TABLES))


class Freshness(RuleBasedStateMachine):
    """Drives a desk; subclasses say on which database."""

    url: str

    @initialize()
    def open(self) -> None:
        """Begin with an empty database and no file."""
        self.root = Path(tempfile.mkdtemp(prefix="spine-test-"))
        self.desk = Desk(self.url.format(folder=self.root), self.root)
        self.files: dict[str, list[int]] = {}
        self.finished: set[str] = set()  # weeks whose last run came to its end

    def teardown(self) -> None:
        """Let everything go."""
        if hasattr(self, "desk"):
            self.desk.database.dispose()
            shutil.rmtree(self.root)

    @rule(week=weeks, content=numbers)
    def a_file_arrives_or_changes(self, week: str, content: list[int]) -> None:
        """Write the file of a week."""
        self.files[week] = content
        self.desk.file(week, content)

    @rule(stage=stages)
    def a_definition_changes(self, stage: str) -> None:
        """Change what a stage does."""
        self.desk.versions[stage] = 3 - self.desk.versions[stage]

    @rule(week=weeks, options=st.sampled_from([{}, {}, {"force": True}, {"restate": True}]))
    def a_week_is_run(self, week: str, options: dict[str, bool]) -> None:
        """Run a week to its end; it fails where it has no file."""
        result = self.desk.run(week, **options)
        assert (result.status == "COMPLETE") == (week in self.files), result.error
        if result.status == "COMPLETE":
            self.finished.add(week)

    @rule(week=weeks, before=st.sampled_from(["SUM", "two_weeks", "MEAN"]), force=st.booleans())
    def a_run_is_killed(self, week: str, before: str, force: bool) -> None:
        """Kill a run before one of its steps."""
        self.desk.run_and_die(week, before, force=force)
        self.finished.discard(week)

    @rule()
    def everything_is_refreshed(self) -> None:
        """Refresh, and compare with a rebuild from nothing."""
        outcomes = self.desk.refresh()
        assert all(outcome.ended_well for outcome in outcomes), outcomes
        places = [outcome.task.place for outcome in outcomes]
        assert len(places) == len(set(places))
        assert self.wrong() == set()
        assert self.desk.plan().tasks == ()
        sums = self.desk.rows("SUM")
        for week in self.finished:
            if sum(other <= week for other in sums) >= 2:
                assert week in self.desk.rows("MEAN"), "a choice would come to it now"

    @invariant()
    def what_is_wrong_is_planned(self) -> None:
        """No row is both wrong and taken for fresh."""
        if hasattr(self, "desk"):
            planned = {(task.place.stage, task.place.partition_key) for task in self.desk.plan().tasks}
            assert self.wrong() <= planned

    def wrong(self) -> set[tuple[str, str]]:
        """Stages and weeks whose current rows a rebuild from nothing would not give."""
        seen = {stage: self.desk.rows(stage) for stage in TABLES}
        version = self.desk.versions
        load = {
            week: [n for n in sorted(self.files[week]) if n >= 10 * version["LOAD"]] for week in self.files
        }
        total = {week: sum(load[week]) * version["SUM"] for week in seen["SUM"]}
        rebuilt = {
            "LOAD": load,
            "SUM": {week: [number] for week, number in total.items()},
            "MEAN": {
                week: [version["MEAN"] * sum(total.get(one, 0) for one in (before(week), week))]
                for week in seen["MEAN"]
            },
        }
        return {
            (stage, week)
            for stage, rows in seen.items()
            for week, found in rows.items()
            if found != rebuilt[stage][week]
        }


def before(week: str) -> str:
    """The week before, within the year."""
    return f"2025-W{int(week[-2:]) - 1:02}"


def test_on_sqlite() -> None:
    run_on_sqlite(Freshness)


def test_on_postgresql(postgres_server: str) -> None:
    run_on_postgresql(Freshness, postgres_server)
