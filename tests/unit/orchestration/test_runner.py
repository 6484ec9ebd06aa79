"""The runner beyond the documented patterns: failures, interruptions, reruns, history, nesting, threads."""

import io
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import sqlalchemy as sa

from spine.core.database.database import Database
from spine.core.lineage import CoreLineage
from spine.core.manifest import CoreManifest
from spine.core.partitions.partitioning import Enum, IsoWeek, Partitioning
from spine.core.tables import core_capture_outputs, core_runs
from spine.errors import (
    DatabaseBehindError,
    DatabaseUnreachableError,
    LambdaRuleError,
    OutputNotKeptError,
    OutputNotKeptWarning,
    PartitionError,
    PipelineFailedError,
    PipelineReferenceError,
    UnfinishedCaptureError,
    UnknownStageError,
    WorkflowDefinitionError,
)
from spine.migrations import upgrade
from spine.orchestration import LambdaContext, Step, StepResult, Workflow, WorkflowContext, WorkflowRunner
from spine.pipelines import Context, Pipeline, Registry, register_pipeline

WEEK = "2025-W51"
Run = Callable[[Pipeline, Context], object]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    upgrade(database_url, None)
    opened = Database.of(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def registry() -> Registry:
    return Registry()


def register(registry: Registry, name: str, run: Run) -> None:
    register_pipeline(name, registry)(type("Made", (Pipeline,), {"run": run}))


def stage(name: str, *, rows: int = 1, leaves: Callable[[str], dict[str, Any]] | None = None) -> Run:
    """The run method of a stage that tracks itself and leaves something in the context."""

    def run(self: Pipeline, context: Context) -> object:
        if self.manifest.check_complete("d", context["partition_key"], name, "BRONZE"):
            return {"status": "SKIPPED"}
        capture_id = self.manifest.record_start("d", context["partition_key"], name, "BRONZE")
        context.update(leaves(capture_id) if leaves else {})
        self.manifest.record_complete(capture_id, rows)
        return {"status": "SUCCESS"}

    return run


def ask(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def one(database: Database, registry: Registry, run: Run, **options: Any) -> Any:
    """The result of a workflow of one pipeline."""
    register(registry, "d/one", run)
    workflow = Workflow("w", [Step.pipeline("one", "d/one")])
    return WorkflowRunner(database, registry=registry, **options).run(workflow, {"partition_key": WEEK})


# --- failures ---


def test_a_capture_that_the_pipeline_left_open_is_failed(database: Database, registry: Registry) -> None:
    def run(self: Pipeline, context: Context) -> None:
        capture_id = self.manifest.record_start("d", WEEK, "ONE", "BRONZE")
        self.anomalies.record(capture_id, "ODD", "kept")
        raise OSError("the disk is full")

    result = one(database, registry, run)
    assert (result.status, result.failed_step, str(result.error)) == ("FAILED", "one", "the disk is full")
    capture = result.step("one").capture_id
    assert ask(database, "SELECT capture_id, status, error FROM core_manifest") == [
        (capture, "FAILED", "the disk is full")
    ]
    assert ask(database, "SELECT anomaly_code FROM core_anomalies") == [("ODD",)]


def test_an_error_without_words_is_recorded_by_its_name(database: Database, registry: Registry) -> None:
    def run(self: Pipeline, context: Context) -> None:
        self.manifest.record_start("d", WEEK, "ONE", "BRONZE")
        raise ZeroDivisionError

    assert one(database, registry, run).step("one").reason == "ZeroDivisionError"
    assert ask(database, "SELECT error FROM core_manifest") == [("ZeroDivisionError",)]
    assert ask(database, "SELECT error FROM core_runs") == [("ZeroDivisionError",)]


def test_a_failure_that_the_pipeline_recorded_is_not_recorded_twice(
    database: Database, registry: Registry
) -> None:
    def run(self: Pipeline, context: Context) -> None:
        capture_id = self.manifest.record_start("d", WEEK, "ONE", "BRONZE")
        self.manifest.record_failed(capture_id, "its own words")
        raise ValueError("others")

    assert str(one(database, registry, run).error) == "others"
    assert ask(database, "SELECT status, error FROM core_manifest") == [("FAILED", "its own words")]


def test_a_failure_that_cannot_be_recorded_is_still_the_runs_error(
    database: Database, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_arguments: object, **_options: object) -> None:
        raise DatabaseUnreachableError("postgresql://", "the server went away")

    def run(self: Pipeline, context: Context) -> None:
        self.manifest.record_start("d", WEEK, "ONE", "BRONZE")
        monkeypatch.setattr(Database, "write_all", unreachable)
        monkeypatch.setattr(Database, "write", unreachable)
        raise KeyError("close")

    result = one(database, registry, run)
    assert (result.status, result.failed_step, repr(result.error)) == ("FAILED", "one", "KeyError('close')")
    assert all("the server went away" in note for note in result.error.__notes__)
    assert len(result.error.__notes__) == 2, "neither the capture nor the run could be recorded"


def test_a_step_whose_name_no_database_could_store_fails_like_any_other(database: Database) -> None:
    result = WorkflowRunner(database).run(
        Workflow("w\0", [Step.lambda_("a\0b", lambda ctx: False)], domain="d\0")
    )
    assert result.failed_step == "a\0b"
    assert ask(database, "SELECT status, failed_step, domain FROM core_runs") == [
        ("FAILED", "a\\x00b", "d\\x00")
    ]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_an_interruption_is_recorded_and_goes_on(
    database: Database, registry: Registry, interruption: type[BaseException]
) -> None:
    def run(self: Pipeline, context: Context) -> None:
        self.manifest.record_start("d", WEEK, "ONE", "BRONZE")
        raise interruption

    with pytest.raises(interruption):
        one(database, registry, run)
    assert ask(database, "SELECT status, error FROM core_manifest") == [("FAILED", interruption.__name__)]
    assert ask(database, "SELECT status, failed_step FROM core_runs") == [("FAILED", "one")]
    assert ask(database, "SELECT status FROM core_run_steps") == [("FAILED",)]


def test_a_pipeline_that_returns_without_completing_its_capture_fails(
    database: Database, registry: Registry
) -> None:
    def run(self: Pipeline, context: Context) -> None:
        self.manifest.record_start("d", WEEK, "ONE", "BRONZE")

    result = one(database, registry, run)
    assert isinstance(result.error, UnfinishedCaptureError)
    assert "call self.manifest.record_complete(capture_id, row_count)" in str(result.error)
    assert ask(database, "SELECT status FROM core_manifest") == [("FAILED",)]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"status": "FAILED", "reason": "no data"}, "reported FAILED: no data"),
        ({"status": "FAILED"}, "it gave no reason"),
        ({"status": "MAYBE"}, "returned the status 'MAYBE': return 'SUCCESS', 'SKIPPED' or 'FAILED'"),
        (StepResult.fail("no data"), "reported FAILED: no data"),
        ([1, 2], "returned a list, which is no result"),
        (True, "returned a bool, which is no result"),
    ],
)
def test_answers_that_are_no_success(
    database: Database, registry: Registry, answer: Any, message: str
) -> None:
    def run(self: Pipeline, context: Context) -> Any:
        self.manifest.check_complete("d", WEEK, "ONE", "BRONZE")
        return answer

    result = one(database, registry, run)
    assert isinstance(result.error, PipelineFailedError)
    assert message in str(result.error)


@pytest.mark.parametrize(
    ("answer", "status", "rows"),
    [
        (None, "COMPLETE", None),
        ({}, "COMPLETE", None),
        ({"rows": 3}, "COMPLETE", 3),
        ({"rows": [1, 2]}, "COMPLETE", 2),
        ({"status": "SUCCESS", "rows": 3}, "COMPLETE", 3),
        ({"status": "SKIPPED", "reason": "holiday"}, "SKIPPED", None),
        (StepResult.ok(), "COMPLETE", None),
    ],
)
def test_answers_that_are(
    database: Database, registry: Registry, answer: Any, status: str, rows: int | None
) -> None:
    def run(self: Pipeline, context: Context) -> Any:
        self.manifest.check_complete("d", WEEK, "ONE", "BRONZE")
        return answer

    outcome = one(database, registry, run).step("one")
    assert (outcome.status, outcome.row_count) == (status, rows)


def test_a_pipeline_that_cannot_be_made_says_why(database: Database, registry: Registry) -> None:
    @register_pipeline("d/one", registry)
    class Demanding(Pipeline):
        def __init__(self, folder: Path) -> None:
            super().__init__()

        def run(self, context: Context) -> None: ...

    workflow = Workflow("w", [Step.pipeline("one", "d/one")])
    result = WorkflowRunner(database, registry=registry).run(workflow)
    assert isinstance(result.error, PipelineReferenceError)
    assert "workflows call Demanding() without arguments" in str(result.error)


def test_an_init_that_forgets_its_base_does_no_harm(database: Database, registry: Registry) -> None:
    @register_pipeline("d/one", registry)
    class Forgetful(Pipeline):
        def __init__(self) -> None:
            self.started: list[str] = []

        def run(self, context: Context) -> None:
            self.manifest.record_complete(self.manifest.record_start("d", WEEK, "ONE", "BRONZE"), 0)

    workflow = Workflow("w", [Step.pipeline("one", "d/one")])
    assert WorkflowRunner(database, registry=registry).run(workflow).error is None


# --- lambdas ---


def test_a_lambda_that_raises_fails_its_step_with_the_cause(database: Database) -> None:
    workflow = Workflow("w", [Step.lambda_("check", lambda ctx: 1 / ctx["n"] > 0)])
    result = WorkflowRunner(database).run(workflow, {"n": 0})
    assert (result.status, result.failed_step) == ("FAILED", "check")
    assert isinstance(result.error, ZeroDivisionError)
    assert ask(database, "SELECT reason FROM core_run_steps") == [("division by zero",)]


def test_what_a_lambda_wrote_through_a_captured_dict_is_undone(database: Database) -> None:
    context: dict[str, Any] = {"a": 1, "b": [1]}

    def write(ctx: Any) -> bool:
        context.update(a=2, c=3)
        del context["b"]
        return True

    result = WorkflowRunner(database).run(Workflow("w", [Step.lambda_("check", write)]), context)
    assert isinstance(result.error, LambdaRuleError)
    assert context == {"a": 1, "b": [1]}


def test_choices_jump_forward_and_the_history_tells(database: Database) -> None:
    def workflow(then: str | None, otherwise: str | None) -> Workflow:
        return Workflow(
            "w",
            [
                Step.choice("fork", lambda ctx: ctx["n"] > 0, then_step=then, else_step=otherwise),
                Step.lambda_("a", lambda ctx: StepResult.ok("fine")),
                Step.lambda_("b", lambda ctx: True),
                Step.lambda_("c", lambda ctx: True),
            ],
        )

    def ran(then: str | None, otherwise: str | None, n: int) -> str:
        result = WorkflowRunner(database).run(workflow(then, otherwise), {"n": n})
        steps = "SELECT name, status FROM core_run_steps WHERE run_id = '{}' ORDER BY position"
        assert ask(database, steps.format(result.run_id)) == [
            (step.name, step.status) for step in result.steps
        ]
        return "".join(step.name for step in result.steps[1:] if step.status == "COMPLETE")

    assert ran("b", "end", 1) == "bc"
    assert ran("b", "end", 0) == ""
    assert ran("c", None, 1) == "c"
    assert ran("c", None, 0) == "abc"
    assert ask(database, "SELECT DISTINCT reason FROM core_run_steps WHERE name = 'fork' ORDER BY 1") == [
        ("false: context['n'] = 0; ends here",),
        ("false: context['n'] = 0; goes on at a",),
        ("true: context['n'] = 1; goes on at b",),
        ("true: context['n'] = 1; goes on at c",),
    ]
    assert ask(
        database, "SELECT DISTINCT reason FROM core_run_steps WHERE name = 'a' AND status = 'COMPLETE'"
    ) == [("fine",)]


def test_a_condition_that_cannot_tell_fails_the_choice(database: Database) -> None:
    step = Step.choice("fork", lambda ctx: StepResult.fail("no calendar"), then_step="end")
    result = WorkflowRunner(database).run(Workflow("w", [step]))
    assert (result.status, str(result.error)) == ("FAILED", "step 'fork' failed: no calendar")


# --- facts ---


def test_facts_of_stages_that_ran_were_skipped_or_ran_elsewhere(
    database: Database, registry: Registry
) -> None:
    def odd(self: Pipeline, context: Context) -> object:
        if complete := self.manifest.check_complete("d", context["partition_key"], "ODD", "BRONZE"):
            return self.skip(complete)
        capture_id = self.manifest.record_start("d", context["partition_key"], "ODD", "BRONZE")
        for _ in range(2):
            self.anomalies.record(capture_id, "NULL_SYMBOL")
        self.anomalies.record(capture_id, "ZERO")
        self.manifest.record_complete(capture_id, 5)
        return None

    register(registry, "d/odd", odd)
    runner = WorkflowRunner(database, registry=registry)
    asked: list[tuple[int, ...]] = []

    def facts(ctx: Any) -> bool:
        asked.append(
            (
                ctx.rows("ODD"),
                ctx.anomalies("ODD"),
                ctx.anomalies("ODD", "NULL_SYMBOL"),
                ctx.anomalies("ODD", "OTHER"),
                ctx.partitions("ODD"),
                ctx.rows("NEVER"),
                ctx.anomalies("NEVER"),
                ctx.partitions("NEVER"),
            )
        )
        return ctx.param("mode") == "full" and ctx.param("none") is None

    both = Workflow("w", [Step.pipeline("odd", "d/odd"), Step.lambda_("facts", facts)], domain="d")
    alone = Workflow("v", [Step.lambda_("facts", facts)], domain="d")
    for workflow in (both, both, alone):
        runner.run(workflow, {"partition_key": WEEK, "mode": "full"}).raise_for_failure()
    assert asked == [(5, 3, 2, 0, 1, 0, 0, 0)] * 3


def test_partitions_are_counted_up_to_this_one_and_along_time_only(database: Database) -> None:
    manifest = CoreManifest(database)
    for key in (
        "week=2025-W50/market=OTC",
        "week=2025-W51/market=OTC",
        "week=2025-W51/market=NYSE",
        "week=2025-W52/market=OTC",
        "2025-W51",  # from before the domain had two dimensions
    ):
        manifest.record_complete(manifest.record_start("d", key, "ONE", "BRONZE"), 1)
    manifest.record_start("d", "week=2025-W49/market=OTC", "ONE", "BRONZE")  # still running
    partitions = Partitioning(week=IsoWeek(), market=Enum(values=("OTC", "NYSE")))
    for key, count in (
        ("week=2025-W51/market=OTC", 2),
        ("week=2025-W52/market=OTC", 3),
        ("week=2026-W01/market=NYSE", 1),
        ("week=2025-W49/market=OTC", 0),
    ):

        def counts(ctx: LambdaContext, count: int = count) -> bool:
            return ctx.partitions("ONE") == count

        step = Step.lambda_("count", counts)
        workflow = Workflow("w", [step], domain="d", partitions=partitions)
        WorkflowRunner(database).run(workflow, {"partition_key": key}).raise_for_failure()


def test_partitions_without_declared_dimensions_are_counted_by_their_keys(database: Database) -> None:
    manifest = CoreManifest(database)
    for key in ("2025-W50", "2025-W51", "2025-W52"):
        manifest.record_complete(manifest.record_start("d", key, "ONE", "BRONZE"), 1)
    workflow = Workflow("w", [Step.lambda_("count", lambda ctx: ctx.partitions("ONE") == 2)], domain="d")
    WorkflowRunner(database).run(workflow, {"partition_key": WEEK}).raise_for_failure()


def test_a_fact_that_cannot_be_looked_up_says_what_is_missing(database: Database) -> None:
    step = Step.lambda_("check", lambda ctx: ctx.rows("ONE") > 0)
    result = WorkflowRunner(database).run(Workflow("w", [step]), {"partition_key": WEEK})
    assert isinstance(result.error, UnknownStageError)
    assert "Workflow(…, domain='finra.otc')" in str(result.error)
    result = WorkflowRunner(database).run(Workflow("w", [step], domain="d"))
    assert isinstance(result.error, PartitionError)
    assert "the context's partition_key is None" in str(result.error)


# --- before anything runs ---


def test_a_wrong_partition_key_is_refused(database: Database) -> None:
    workflow = Workflow(
        "w", [Step.lambda_("check", lambda ctx: True)], partitions=Partitioning(week=IsoWeek())
    )
    for wrong in ("2025-12-15", "2025-W54", 7, date(2025, 12, 15)):
        with pytest.raises(PartitionError):
            WorkflowRunner(database).run(workflow, {"partition_key": wrong})
    assert WorkflowRunner(database).run(workflow, {}).status == "COMPLETE"
    assert ask(database, "SELECT COUNT(*) FROM core_runs") == [(1,)]


def test_what_is_no_workflow_is_refused(database: Database) -> None:
    with pytest.raises(WorkflowDefinitionError, match="is not a Workflow"):
        WorkflowRunner(database).run("finra.otc/weekly")  # type: ignore[arg-type]


def test_a_new_sqlite_database_gets_its_tables(sqlite_url: str) -> None:
    workflow = Workflow("w", [Step.lambda_("check", lambda ctx: True)])
    assert WorkflowRunner(sqlite_url).run(workflow).status == "COMPLETE"


def test_a_postgresql_database_without_tables_names_the_command(postgresql_url: str) -> None:
    workflow = Workflow("w", [Step.lambda_("check", lambda ctx: True)])
    database = Database.of(postgresql_url)
    with pytest.raises(DatabaseBehindError, match="spine migrate"):
        WorkflowRunner(database).run(workflow)
    database.dispose()


# --- the context, and what is kept of it ---

ROWS = [
    {"symbol": "Ä\0", "volume": 2**60, "price": 0.1, "ok": True, "none": None, "nested": {"a": [1.0, -0.0]}}
]


def test_outputs_are_given_back_exactly(database: Database, registry: Registry) -> None:
    register(registry, "d/one", stage("ONE", leaves=lambda capture: {"rows": ROWS, "empty": [], "n": 1e300}))
    workflow = Workflow("w", [Step.pipeline("one", "d/one")])
    runner = WorkflowRunner(database, registry=registry)
    contexts: list[dict[str, Any]] = [{"partition_key": WEEK} for _ in range(2)]
    assert [runner.run(workflow, one).step("one").status for one in contexts] == ["COMPLETE", "SKIPPED"]
    assert repr(contexts[0]) == repr(contexts[1])


def test_outputs_written_after_completion_or_changed_since_are_given_back(
    database: Database, registry: Registry
) -> None:
    def run(self: Pipeline, context: Context) -> object:
        if self.manifest.check_complete("d", WEEK, "ONE", "BRONZE"):
            return {"status": "SKIPPED"}
        capture_id = self.manifest.record_start("d", WEEK, "ONE", "BRONZE")
        context["rows"] = [1]
        context["gone"] = 1
        self.manifest.record_complete(capture_id, 1)
        context["rows"].append(2)
        context["late"] = "x"
        del context["gone"]
        return None

    register(registry, "d/one", run)
    workflow = Workflow("w", [Step.pipeline("one", "d/one")])
    for _ in range(2):
        context: dict[str, Any] = {"partition_key": WEEK}
        WorkflowRunner(database, registry=registry).run(workflow, context)
        assert context == {"partition_key": WEEK, "rows": [1, 2], "late": "x"}


def test_what_was_in_the_context_at_completion_commits_with_it(
    database: Database, registry: Registry
) -> None:
    def run(self: Pipeline, context: Context) -> None:
        capture_id = self.manifest.record_start("d", WEEK, "ONE", "BRONZE")
        context["rows"] = [1]
        self.manifest.record_complete(capture_id, 1)
        assert ask(database, "SELECT capture_id, outputs FROM core_capture_outputs") == [
            (capture_id, '[2, "[[\\"rows\\",[1]]]", {}]')
        ]

    one(database, registry, run).raise_for_failure()


def test_a_skipped_pipelines_own_writes_come_before_what_was_kept(
    database: Database, registry: Registry
) -> None:
    def run(self: Pipeline, context: Context) -> object:
        if self.manifest.check_complete("d", WEEK, "ONE", "BRONZE"):
            context["rows"] = "read from my table"
            return {"status": "SKIPPED"}
        capture_id = self.manifest.record_start("d", WEEK, "ONE", "BRONZE")
        context["rows"] = context["other"] = "new"
        self.manifest.record_complete(capture_id, 1)
        return None

    register(registry, "d/one", run)
    runner = WorkflowRunner(database, registry=registry)
    workflow = Workflow("w", [Step.pipeline("one", "d/one")])
    runner.run(workflow, {"partition_key": WEEK})
    context = runner.run(workflow, {"partition_key": WEEK}).context
    assert (context["rows"], context["other"]) == ("read from my table", "new")


def test_a_stage_that_looks_at_another_gives_its_own_outputs_back(
    database: Database, registry: Registry
) -> None:
    """The second stage checks the first one's completion, and both wrote the same key."""

    def second(self: Pipeline, context: Context) -> object:
        assert self.manifest.check_complete("d", WEEK, "FIRST", "BRONZE")
        if self.manifest.check_complete("d", WEEK, "SECOND", "BRONZE"):
            return None
        capture_id = self.manifest.record_start("d", WEEK, "SECOND", "BRONZE")
        context["rows"] = [*context["rows"], "cleaned"]
        self.manifest.record_complete(capture_id, 1)
        return None

    register(registry, "d/first", stage("FIRST", leaves=lambda capture: {"rows": ["raw"]}))
    register(registry, "d/second", second)
    workflow = Workflow("w", [Step.pipeline("first", "d/first"), Step.pipeline("second", "d/second")])
    for status in ("COMPLETE", "SKIPPED"):
        result = WorkflowRunner(database, registry=registry).run(workflow, {"partition_key": WEEK})
        assert [step.status for step in result.steps] == [status] * 2
        assert result.context["rows"] == ["raw", "cleaned"]
        assert result.step("second").capture_id != result.step("first").capture_id


def test_one_pipeline_may_make_several_captures(database: Database, registry: Registry) -> None:
    def run(self: Pipeline, context: Context) -> None:
        for name in ("ONE", "TWO"):
            if self.manifest.check_complete("d", WEEK, name, "BRONZE"):
                continue
            capture_id = self.manifest.record_start("d", WEEK, name, "BRONZE")
            context[name] = name.lower()
            self.manifest.record_complete(capture_id, 1)

    register(registry, "d/both", run)
    check = Step.lambda_("facts", lambda ctx: ctx.rows("ONE") + ctx.rows("TWO") == 2)
    workflow = Workflow("w", [Step.pipeline("both", "d/both"), check])
    for status in ("COMPLETE", "SKIPPED"):
        result = WorkflowRunner(database, registry=registry).run(workflow, {"partition_key": WEEK})
        assert [step.status for step in result.steps] == [status, "COMPLETE"]
        assert (result.context["ONE"], result.context["TWO"]) == ("one", "two")


class Row(dict[str, Any]):
    pass


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ((number for number in range(3)), "it holds a generator"),
        ([io.StringIO()], "it holds a StringIO"),
        ([Row()], "it holds a Row"),
        (["x" * 50_000_001], "more than 50,000,000 characters"),
        ({"a": [0] * 50_000_001}, "more than 50,000,000 characters"),
    ],
)
def test_what_cannot_be_given_back_is_told_and_fails_by_name_where_it_is_missed(
    database: Database, registry: Registry, value: Any, why: str
) -> None:
    register(registry, "d/one", stage("ONE", leaves=lambda capture: {"kept": 1, "lost": value}))
    workflow = Workflow("w", [Step.pipeline("one", "d/one")])
    runner = WorkflowRunner(database, registry=registry)
    with pytest.warns(OutputNotKeptWarning, match="left in context.'lost'. is not kept") as told:
        runner.run(workflow, {"partition_key": WEEK})
    assert why in str(told[0].message)
    context = runner.run(workflow, {"partition_key": WEEK, "lost": "what was there before"}).context
    assert dict(context) == {"partition_key": WEEK, "kept": 1}
    with pytest.raises(KeyError) as caught:
        context["lost"]
    assert isinstance(caught.value, OutputNotKeptError)
    assert (
        str(caught.value).startswith('"lost" was not kept: ')
        and f"{why}" in str(caught.value)
        and "(left by ONE). Run with --force to make it again, or" in str(caught.value)
    )


MISSES: dict[str, Callable[[Any], object]] = {
    "item": lambda context: context["raw_data"],
    "get": lambda context: context.get("raw_data", []),
    "in": lambda context: "raw_data" in context,
    "in keys": lambda context: "raw_data" in context.keys(),  # noqa: SIM118
    "param": lambda context: context.param("raw_data"),
    "pop": lambda context: context.pop("raw_data", None),
    "setdefault": lambda context: context.setdefault("raw_data", []),
    "del": lambda context: context.__delitem__("raw_data"),
}


GOES_THROUGH: dict[str, Callable[[Any], object]] = {
    "iter": lambda context: "raw_data" in list(context),
    "dict": lambda context: dict(context).get("raw_data"),
    "items": lambda context: [key for key, _ in context.items()],
    "values": lambda context: list(context.values()),
}


@pytest.mark.parametrize("miss", GOES_THROUGH)
def test_a_lambda_that_goes_through_the_context_misses_what_was_not_kept(
    database: Database, registry: Registry, miss: str
) -> None:
    register(registry, "d/one", stage("ONE", leaves=lambda capture: {"raw_data": iter([1])}))
    check = Step.lambda_("has_data", lambda ctx: GOES_THROUGH[miss](ctx) is not None)
    workflow = Workflow("w", [Step.pipeline("one", "d/one"), check])
    runner = WorkflowRunner(database, registry=registry)
    with pytest.warns(OutputNotKeptWarning):
        runner.run(workflow, {"partition_key": WEEK}).raise_for_failure()
    result = runner.run(workflow, {"partition_key": WEEK})
    assert isinstance(result.error, OutputNotKeptError)
    assert result.error.key == "raw_data"


@pytest.mark.parametrize("miss", ["item", "get", "in", "in keys", "param"])
def test_a_lambda_that_misses_what_was_not_kept_says_so(
    database: Database, registry: Registry, miss: str
) -> None:
    register(registry, "d/one", stage("ONE", leaves=lambda capture: {"raw_data": iter([1])}))
    check = Step.lambda_("has_data", lambda ctx: MISSES[miss](ctx) is not None)
    workflow = Workflow("w", [Step.pipeline("one", "d/one"), check])
    runner = WorkflowRunner(database, registry=registry)
    with pytest.warns(OutputNotKeptWarning):
        runner.run(workflow, {"partition_key": WEEK}).raise_for_failure()
    result = runner.run(workflow, {"partition_key": WEEK})
    assert isinstance(result.error, OutputNotKeptError)
    assert result.error.key == "raw_data"
    assert "list_iterator" in (result.step("has_data").reason or "")


@pytest.mark.parametrize("miss", ["item", "get", "in", "in keys", "pop", "setdefault", "del"])
def test_a_pipeline_that_misses_what_was_not_kept_says_so_until_it_is_there(
    database: Database, registry: Registry, miss: str
) -> None:
    def reads(self: Pipeline, context: Context) -> object:
        self.manifest.check_complete("d", WEEK, "TWO", "BRONZE")
        if context.get("again"):
            context["raw_data"] = [2]
            assert context["raw_data"] == [2]
        MISSES[miss](context)
        return {"status": "SUCCESS"}

    register(registry, "d/one", stage("ONE", leaves=lambda capture: {"raw_data": iter([1])}))
    register(registry, "d/two", reads)
    workflow = Workflow("w", [Step.pipeline("one", "d/one"), Step.pipeline("two", "d/two")])
    runner = WorkflowRunner(database, registry=registry)
    with pytest.warns(OutputNotKeptWarning):
        runner.run(workflow, {"partition_key": WEEK}).raise_for_failure()
    assert isinstance(runner.run(workflow, {"partition_key": WEEK}).error, OutputNotKeptError)
    assert runner.run(workflow, {"partition_key": WEEK, "again": True}).status == "COMPLETE"


def test_sixty_thousand_rows_come_back(database: Database, registry: Registry) -> None:
    rows = [
        {
            "symbol": f"S{number}",
            "day": date(2025, 1, 1) + timedelta(number % 300),
            "price": Decimal(number) / 100,
            "volume": number * 17,
            "at": datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
            "none": None,
        }
        for number in range(60_000)
    ]
    register(registry, "d/one", stage("ONE", leaves=lambda capture: {"rows": rows}))
    workflow = Workflow("w", [Step.pipeline("one", "d/one")])
    for _ in range(2):
        result = WorkflowRunner(database, registry=registry).run(workflow, {"partition_key": WEEK})
    assert result.step("one").status == "SKIPPED"
    assert result.context["rows"] == rows
    assert type(result.context["rows"][-1]["price"]) is Decimal


def test_outputs_kept_by_an_earlier_version_are_given_back(database: Database, registry: Registry) -> None:
    register(registry, "d/one", stage("ONE"))
    workflow = Workflow("w", [Step.pipeline("one", "d/one")])
    runner = WorkflowRunner(database, registry=registry)
    capture_id = runner.run(workflow, {"partition_key": WEEK}).step("one").capture_id
    with database.write() as connection:
        plain = '{"rows": [{"$date": "2025-12-15"}], "n": 1.5}'
        connection.execute(sa.insert(core_capture_outputs).values(capture_id=capture_id, outputs=plain))
    context = runner.run(workflow, {"partition_key": WEEK}).context
    assert dict(context) == {"partition_key": WEEK, "rows": [{"$date": "2025-12-15"}], "n": 1.5}


def test_what_contains_itself_is_told(database: Database, registry: Registry) -> None:
    loop: list[Any] = []
    loop.append(loop)
    register(registry, "d/one", stage("ONE", leaves=lambda capture: {"loop": loop}))
    with pytest.warns(OutputNotKeptWarning, match="a list 100 levels deep"):
        WorkflowRunner(database, registry=registry).run(
            Workflow("w", [Step.pipeline("one", "d/one")]), {"partition_key": WEEK}
        )


def test_warnings_turned_into_errors_come_after_everything_is_recorded(
    database: Database, registry: Registry
) -> None:
    register(registry, "d/one", stage("ONE", leaves=lambda capture: {"lost": object()}))
    workflow = Workflow("w", [Step.pipeline("one", "d/one")])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(OutputNotKeptWarning):
            WorkflowRunner(database, registry=registry).run(workflow, {"partition_key": WEEK})
    assert ask(database, "SELECT status FROM core_runs") == [("COMPLETE",)]


def test_the_context_may_be_nothing_a_dict_a_mapping_or_a_former_context(
    database: Database, registry: Registry
) -> None:
    def run(self: Pipeline, context: Context) -> None:
        self.manifest.check_complete("d", WEEK, "ONE", "BRONZE")
        context["seen"] = sorted(context)

    register(registry, "d/one", run)
    runner, workflow = (
        WorkflowRunner(database, registry=registry),
        Workflow("w", [Step.pipeline("one", "d/one")]),
    )
    mine: dict[str, Any] = {"a": 1}
    first = runner.run(workflow, mine)
    assert mine == {"a": 1, "seen": ["a"]}
    assert runner.run(workflow, first.context).context is first.context
    assert dict(runner.run(workflow).context) == {"seen": []}
    frozen = MappingProxyType({"b": 2})
    assert dict(runner.run(workflow, frozen).context) == {"b": 2, "seen": ["b"]}


@pytest.mark.parametrize("given", ["2025-W51", ["2025-W51"], 1])
def test_a_context_that_is_no_mapping_is_refused(database: Database, given: Any) -> None:
    workflow = Workflow("w", [Step.lambda_("a", lambda ctx: True)])
    with pytest.raises(
        WorkflowDefinitionError, match=r"pass a dict, such as \{'partition_key': '2025-W51'\}"
    ):
        WorkflowRunner(database).run(workflow, given)


# --- reuse, force, nesting, threads ---


def test_force_runs_complete_stages_again(database: Database, registry: Registry) -> None:
    register(registry, "d/one", stage("ONE"))
    workflow = Workflow("w", [Step.pipeline("one", "d/one")])
    ids = [
        WorkflowRunner(database, registry=registry, force=force)
        .run(workflow, {"partition_key": WEEK})
        .step("one")
        .capture_id
        for force in (False, True, False)
    ]
    assert ids[0] != ids[1] == ids[2]
    assert ask(database, "SELECT COUNT(*) FROM core_manifest WHERE superseded_at IS NULL") == [(1,)]


def test_the_clock_stamps_the_history(database: Database, registry: Registry) -> None:
    now = datetime(2025, 12, 15, tzinfo=UTC)
    ticks = iter(range(1000))
    result = one(database, registry, stage("ONE"), clock=lambda: now + timedelta(seconds=next(ticks)))
    step = result.step("one")
    assert now < step.started_at < step.finished_at < now + timedelta(minutes=1)
    with database.read() as connection:
        finished = connection.execute(sa.select(core_runs.c.finished_at)).scalar_one()
    assert step.finished_at < finished < now + timedelta(minutes=1)


def test_a_pipeline_may_run_a_workflow(database: Database, registry: Registry) -> None:
    register(registry, "d/inner", stage("INNER", leaves=lambda capture: {"inner": capture}))
    inner = Workflow("inner", [Step.pipeline("inner", "d/inner")])

    def outer(self: Pipeline, context: Context) -> None:
        result = WorkflowRunner(self.database, registry=registry).run(inner, {"partition_key": WEEK})
        result.raise_for_failure()

    result = one(database, registry, outer)
    assert result.status == "COMPLETE"
    assert "inner" not in result.context
    assert ask(database, "SELECT workflow, status FROM core_runs ORDER BY workflow") == [
        ("inner", "COMPLETE"),
        ("w", "COMPLETE"),
    ]
    assert ask(database, "SELECT run_id FROM core_manifest") == ask(
        database, "SELECT run_id FROM core_runs WHERE workflow = 'inner'"
    )


def test_one_runner_serves_several_threads(database: Database, registry: Registry) -> None:
    register(registry, "d/one", stage("ONE", leaves=lambda capture: {"one": capture}))
    register(registry, "d/two", stage("TWO", leaves=lambda capture: {"two": capture}))
    workflow = Workflow(
        "w",
        [
            Step.pipeline("one", "d/one"),
            Step.lambda_("check", lambda ctx: ctx.rows("ONE") == 1),
            Step.pipeline("two", "d/two"),
        ],
    )
    runner = WorkflowRunner(database, registry=registry)
    results: list[Any] = []

    def work(worker: int) -> None:
        for number in range(5):
            results.append(runner.run(workflow, {"partition_key": f"2025-{worker}-{number}"}))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.error for result in results] == [None] * 20
    assert ask(
        database, "SELECT COUNT(DISTINCT run_id), COUNT(*) FROM core_manifest WHERE status = 'COMPLETE'"
    ) == [(20, 40)]
    assert all(result.context["two"] == result.step("two").capture_id for result in results)


def test_the_threads_of_one_step_record_side_by_side(database: Database, registry: Registry) -> None:
    def run(self: Pipeline, context: Context) -> dict[str, object]:
        def record(number: int) -> str:
            capture_id = self.manifest.record_start("d", WEEK, f"S{number}", "BRONZE")
            self.anomalies.record(capture_id, "ODD")
            self.manifest.record_complete(capture_id, number)
            return capture_id

        with ThreadPoolExecutor(4) as threads:
            return {"rows": len(set(threads.map(record, range(12))))}

    result = one(database, registry, run)
    result.raise_for_failure()
    assert ask(database, "SELECT count(*) FROM core_manifest WHERE status = 'COMPLETE'") == [(12,)]
    assert ask(database, "SELECT count(*) FROM core_anomalies") == [(12,)]
    assert ask(database, "SELECT status FROM core_runs") == [("COMPLETE",)]


def test_lineage_is_recorded_with_the_capture(database: Database, registry: Registry) -> None:
    manifest = CoreManifest(database)
    before = manifest.record_start("d", WEEK, "ZERO", "BRONZE")
    manifest.record_complete(before, 1)

    def run(self: Pipeline, context: Context) -> None:
        capture_id = self.manifest.record_start("d", WEEK, "ONE", "BRONZE")
        self.lineage.record(capture_id, (before,))
        self.manifest.record_complete(capture_id, 1)

    result = one(database, registry, run)
    assert CoreLineage(database).upstream(result.step("one").capture_id) == (before,)


def test_parameters_are_kept_with_the_run(database: Database) -> None:
    workflow = Workflow("w", [Step.lambda_("check", lambda ctx: True)], domain="d")
    WorkflowRunner(database).run(workflow, {"partition_key": WEEK, "mode": "full", "rows": [1, 2]})
    assert ask(database, "SELECT workflow, domain, partition_key FROM core_runs") == [("w", "d", WEEK)]
    (params,) = ask(database, "SELECT params FROM core_runs")[0]
    assert "full" in str(params)
    assert "rows" not in str(params)


def test_a_workflow_context_reads_like_a_dict() -> None:
    context = WorkflowContext({"a": 1})
    context["b"] = 2
    assert (dict(context), len(context), "a" in context, repr(context)) == (
        {"a": 1, "b": 2},
        2,
        True,
        "WorkflowContext({'a': 1, 'b': 2})",
    )
