"""What checks and choices go by, counted by the database, and what they tell when they say no."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from spine.core.database.database import Database
from spine.core.manifest import CoreManifest
from spine.core.partitions.partitioning import (
    Calendar,
    Date,
    Enum,
    IsoWeek,
    Month,
    Partitioning,
    Quarter,
    String,
)
from spine.errors import CheckStepFailedError, PartitionError
from spine.migrations import upgrade
from spine.orchestration import LambdaContext, Step, StepResult, Workflow, WorkflowResult, WorkflowRunner

WEEK = "2025-W51"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    upgrade(database_url, None)
    opened = Database.of(database_url)
    yield opened
    opened.dispose()


def complete(database: Database, *keys: str, tier: str = "BRONZE", stage: str = "ONE") -> None:
    manifest = CoreManifest(database)
    for key in keys:
        manifest.record_complete(manifest.record_start("d", key, stage, tier), 1)


def answer(
    database: Database, key: str, ask: Callable[[Any], Any], partitions: Partitioning | None = None
) -> Any:
    """What a lambda over that partition is answered."""
    answers: list[Any] = []

    def note(ctx: LambdaContext) -> bool:
        answers.append(ask(ctx))
        return True

    step = Step.lambda_("ask", note)
    workflow = Workflow("w", [step], domain="d", partitions=partitions)
    WorkflowRunner(database).run(workflow, {"partition_key": key}).raise_for_failure()
    return answers[0]


def check(database: Database, step: Step, **context: Any) -> WorkflowResult:
    workflow = Workflow("w", [step], domain="d", partitions=Partitioning(week=IsoWeek()))
    return WorkflowRunner(database).run(workflow, {"partition_key": WEEK, **context})


# --- counting ---


def test_a_window_counts_what_is_complete_of_this_partition_and_those_before_it(database: Database) -> None:
    partitions = Partitioning(week=IsoWeek(start="2025-W01"), market=Enum(values=("OTC", "NYSE")))
    complete(database, *(f"week=2025-W{week}/market=OTC" for week in (48, 50, 51, 52)))
    complete(database, "week=2025-W49/market=NYSE")
    complete(database, "week=2025-W50/market=OTC", tier="SILVER")
    complete(database, "week=2025-W49/market=OTC", stage="TWO")
    for week, length, count in ((51, 1, 1), (51, 2, 2), (51, 3, 2), (51, 4, 3), (49, 1, 0), (52, 6, 4)):
        key = f"week=2025-W{week}/market=OTC"

        def within(ctx: LambdaContext, length: int = length) -> int:
            return ctx.window("ONE", length)

        assert answer(database, key, within, partitions) == count
    assert answer(database, "week=2025-W02/market=OTC", lambda ctx: ctx.window("ONE", 9), partitions) == 0


def test_a_window_is_remembered_as_the_partitions_that_were_there(database: Database) -> None:
    complete(database, "2025-W50")
    step = Step.choice("fork", lambda ctx: ctx.window("ONE", 2) == 2, "end", "next")
    workflow = Workflow(
        "w",
        [step, Step.lambda_("next", lambda ctx: True)],
        domain="d",
        partitions=Partitioning(week=IsoWeek()),
    )
    WorkflowRunner(database).run(workflow, {"partition_key": WEEK}).raise_for_failure()
    with database.read() as connection:
        reads = connection.execute(
            sa.text(
                "SELECT fact, partition_key, capture_id IS NULL FROM core_run_reads ORDER BY partition_key"
            )
        )
        assert [tuple(row) for row in reads] == [
            ("presence", "2025-W50", False),
            ("presence", "2025-W51", True),
        ]


def test_a_window_needs_to_know_what_comes_before(database: Database) -> None:
    complete(database, WEEK)
    assert answer(database, WEEK, lambda ctx: ctx.window("ONE", 1)) == 1
    with pytest.raises(PartitionError, match=r"write Workflow\(…, partitions="):
        answer(database, WEEK, lambda ctx: ctx.window("ONE", 2))
    with pytest.raises(PartitionError, match="a window of 0 has no partitions"):
        answer(database, WEEK, lambda ctx: ctx.window("ONE", 0), Partitioning(week=IsoWeek()))


NO_NEW_YEARS_EVE = Calendar(
    name="X", first="2024-01-01", last="2025-12-31", closed={"2024-12-31": "New Year's Eve"}
)


@pytest.mark.parametrize(
    ("partitions", "key", "count"),
    [
        (Partitioning(week=IsoWeek(start="2025-W01")), "2025-W51", 51),
        (Partitioning(date=Date(start="2024-12-31")), "2025-01-02", 3),
        (Partitioning(date=Date(start="2024-12-31", calendar=NO_NEW_YEARS_EVE)), "2025-01-02", 2),
        (Partitioning(market=String(), week=IsoWeek(start="2025-W50")), "market=O/week=2025-W51", 2),
    ],
)
def test_from_the_start_on_every_partition_is_expected(
    database: Database, partitions: Partitioning, key: str, count: int
) -> None:
    assert answer(database, key, lambda ctx: ctx.expected("ONE"), partitions) == count


@pytest.mark.parametrize(
    ("partitions", "said"),
    [
        (Partitioning(week=IsoWeek()), "week has no start"),
        (Partitioning(text=String()), "needs exactly one time dimension"),
        (None, r"write Workflow\(…, partitions="),
    ],
)
def test_what_is_expected_needs_a_start(
    database: Database, partitions: Partitioning | None, said: str
) -> None:
    with pytest.raises(PartitionError, match=said):
        answer(database, WEEK, lambda ctx: ctx.expected("ONE"), partitions)


OTHERS = (
    *("2025-W50", "2025-W51", "2024-W53", "2025-W52", "0999-W01", "ABCD-W01"),
    *("2025-12", "2024-11", "2024-Q4", "2025-Q1", "2024-12-31", "2025-12-15", "2025"),
    *("week=2025-W50/market=OTC", "week=2025-W50/market=NYSE", "week=2025-W52/market=OTC"),
    *("market=O/week=2025-W51", "market=O/week=2025-W52", "market=Ö/week=2025-W49", "market=o/week=2025-W01"),
    *("a=2025-12/b=2025-Q1", "a=2025-11/b=2024-Q4", "a=2024-11/b=2025-Q2", "a=2024-Q1/b=2025-Q1"),
)


@pytest.mark.parametrize(
    ("partitions", "key", "counted"),
    [
        (Partitioning(week=IsoWeek()), "2025-W51", {"2025-W50", "2025-W51", "2024-W53"}),
        (Partitioning(week=IsoWeek(start="2025-W01")), "2025-W51", {"2025-W50", "2025-W51"}),
        (Partitioning(month=Month()), "2025-12", {"2025-12", "2024-11"}),
        (Partitioning(quarter=Quarter()), "2025-Q1", {"2024-Q4", "2025-Q1"}),
        (Partitioning(date=Date()), "2025-12-15", {"2024-12-31", "2025-12-15"}),
        (Partitioning(date=Date(calendar=NO_NEW_YEARS_EVE)), "2025-12-15", {"2025-12-15"}),
        (Partitioning(text=String()), "2025-W51", {"2025-W51"}),
        (
            Partitioning(week=IsoWeek(), market=Enum(values=("OTC", "NYSE"))),
            "week=2025-W51/market=OTC",
            {"week=2025-W50/market=OTC"},
        ),
        (Partitioning(market=String(), week=IsoWeek()), "market=O/week=2025-W51", {"market=O/week=2025-W51"}),
        (Partitioning(market=String(), week=IsoWeek()), "market=Ö/week=2025-W51", {"market=Ö/week=2025-W49"}),
        (
            Partitioning(a=Month(), b=Quarter()),
            "a=2025-12/b=2025-Q1",
            {"a=2025-12/b=2025-Q1", "a=2025-11/b=2024-Q4"},
        ),
    ],
)
def test_partitions_of_the_same_form_are_counted_and_no_others(
    database: Database, partitions: Partitioning, key: str, counted: set[str]
) -> None:
    complete(database, *OTHERS)
    assert answer(database, key, lambda ctx: ctx.partitions("ONE"), partitions) == len(counted)


# --- what is told ---


def told(result: WorkflowResult) -> str:
    assert isinstance(result.error, CheckStepFailedError)
    return str(result.error)


def test_a_failed_check_tells_its_expression_and_what_it_saw(database: Database) -> None:
    complete(database, WEEK, stage="TWO")

    def asks(ctx: Any) -> Any:
        return (
            ctx.rows("ONE") + ctx.anomalies("TWO", "ODD") + ctx.anomalies("TWO") > 9
            or ctx.partitions("TWO") + ctx.window("ONE", 6) > 9
            or ctx.param("mode") == "full"
        )

    result = check(database, Step.lambda_("has_rows", asks, expression="rows(ONE) > 9"), mode="thin")
    assert told(result) == (
        "step 'has_rows' failed: rows(ONE) > 9 is false: rows(ONE) = 0, anomalies(TWO, ODD) = 0, "
        "anomalies(TWO) = 0, partitions(TWO) = 1, window(ONE, 6) = 0, context['mode'] = 'thin'"
    )


def test_a_check_by_hand_tells_what_it_saw_in_short(database: Database) -> None:
    rows = [{"a": 1}] * 100_000
    result = check(database, Step.lambda_("check", lambda ctx: len(ctx["rows"]) < 3), rows=rows)
    assert (
        told(result) == "step 'check' failed: its lambda answered false: context['rows'] = a list of 100,000"
    )
    result = check(database, Step.lambda_("check", lambda ctx: ctx.get("mode") or ctx["n"] < 0), n=2**20_000)
    assert told(result).endswith(
        "false: context['n'] = an integer of 20,001 bits, context['mode'] is missing"
    )
    result = check(database, Step.lambda_("check", lambda ctx: ctx["text"] == ""), text="x" * 1000)
    assert len(told(result)) < 150
    many = {f"k{number}": number for number in range(9)}
    result = check(
        database, Step.lambda_("check", lambda ctx: sum(ctx[f"k{n}"] for n in range(9)) < 0), **many
    )
    assert told(result).endswith("context['k5'] = 5, …")


def test_a_check_that_looked_at_nothing_says_so_little(database: Database) -> None:
    assert told(check(database, Step.lambda_("no", lambda ctx: False))) == (
        "step 'no' failed: its lambda answered false"
    )
    fails = Step.lambda_("no", lambda ctx: StepResult.fail("too thin"), expression="rows(ONE) > 0")
    assert told(check(database, fails)) == "step 'no' failed: too thin"


def test_a_choice_tells_its_expression_and_what_it_saw(database: Database) -> None:
    choice = Step.choice("fork", lambda ctx: ctx.rows("ONE") > 0, "a", expression="rows(ONE) > 0")
    steps = [choice, Step.lambda_("b", lambda ctx: True), Step.lambda_("a", lambda ctx: True)]
    result = WorkflowRunner(database).run(Workflow("w", steps, domain="d"), {"partition_key": WEEK})
    assert result.step("fork").reason == "rows(ONE) > 0 is false: rows(ONE) = 0; goes on at b"
