"""A lambda looks and answers: every way of doing work is stopped before it happens, nothing innocent is."""

import atexit
import copy
import gc
import io
import json
import linecache
import logging
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.request
import warnings
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from spine.errors import LambdaRuleError
from spine.orchestration import StepResult
from spine.orchestration.context import LambdaContext
from spine.orchestration.lambda_rule import call_lambda


class NoFacts:
    def rows(self, stage: str) -> int:
        # Facts may read the database on a lambda's behalf.
        with closing(sqlite3.connect(":memory:")) as connection:
            return int(connection.execute("SELECT 7").fetchone()[0])

    def anomalies(self, stage: str, code: str | None = None) -> int:
        return 0

    def partitions(self, stage: str) -> int:
        return 0

    def expected(self, stage: str) -> int:
        return 0

    def window(self, stage: str, length: int) -> int:
        return 0


def ask(function: Callable[[Any], object], **values: Any) -> object:
    return call_lambda("check", function, LambdaContext(values, NoFacts()))


# --- work ---

HERE = Path(__file__)
IDLE_POOL = ThreadPoolExecutor(1)
OPEN = sqlite3.connect(":memory:", check_same_thread=False)
ENGINE = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
CONNECTION = ENGINE.connect()
SESSION = Session(ENGINE)
LEFT, RIGHT = socket.socketpair()
for _end in (LEFT, RIGHT):
    atexit.register(_end.close)  # a worker that only collects this module runs no fixture of it

WORK: dict[str, Callable[[Any], object]] = {
    "open": lambda ctx: open(HERE).close(),  # noqa: PTH123
    "path": lambda ctx: HERE.read_text(),
    "write": lambda ctx: Path("/tmp/never").write_text("x"),
    "unlink": lambda ctx: Path("/tmp/never").unlink(),
    "listdir": lambda ctx: list(Path("/").iterdir()),
    "glob": lambda ctx: list(Path("/").glob("*")),
    "copy": lambda ctx: shutil.copy(HERE, "/tmp/never"),
    "tempfile": lambda ctx: tempfile.mkstemp(),
    "socket": lambda ctx: socket.socket(),
    "resolve": lambda ctx: socket.getaddrinfo("localhost", 80),
    "http": lambda ctx: urllib.request.urlopen("http://127.0.0.1:9/"),
    "existing socket": lambda ctx: LEFT.send(b"x"),
    "subprocess": lambda ctx: subprocess.run(["true"], check=True),
    "system": lambda ctx: os.system("true"),
    "fork": lambda ctx: os.fork(),
    "thread": lambda ctx: threading.Thread(target=print).start(),
    "executor": lambda ctx: IDLE_POOL.submit(print),
    "sqlite3.connect": lambda ctx: sqlite3.connect(":memory:"),
    "existing sqlite3 connection": lambda ctx: OPEN.execute("SELECT 1").fetchone(),
    "engine": lambda ctx: ENGINE.connect(),
    "new engine": lambda ctx: sa.create_engine("sqlite://"),
    "connection": lambda ctx: CONNECTION.execute(sa.text("SELECT 1")),
    "session": lambda ctx: SESSION.execute(sa.text("SELECT 1")),
    "query": lambda ctx: SESSION.query(sa.literal(1)).all(),
}


@pytest.fixture(autouse=True, scope="module")
def _close() -> Any:
    IDLE_POOL.submit(int).result()
    yield
    IDLE_POOL.shutdown()
    for resource in (SESSION, CONNECTION, OPEN):
        resource.close()
    ENGINE.dispose()


@pytest.mark.parametrize("work", WORK)
def test_work_is_refused_with_what_to_do_instead(work: str) -> None:
    with pytest.raises(LambdaRuleError, match="step 'check' .*move the work to a pipeline"):
        ask(WORK[work])


@pytest.mark.parametrize("work", WORK)
def test_work_is_refused_though_the_lambda_swallows_the_error(work: str) -> None:
    def swallow(ctx: Any) -> bool:
        try:
            WORK[work](ctx)
        except Exception:  # noqa: BLE001 - as a careless lambda would
            return True
        return True

    with pytest.raises(LambdaRuleError, match="move the work to a pipeline"):
        ask(swallow)


def test_work_hidden_in_a_function_is_refused_and_does_not_happen(tmp_path: Path) -> None:
    def helper() -> int:
        return (tmp_path / "new").write_text("x")

    with pytest.raises(LambdaRuleError):
        ask(lambda ctx: helper() > 0)
    assert list(tmp_path.iterdir()) == []


def test_reading_an_open_file_is_refused() -> None:
    with HERE.open() as file, pytest.raises(LambdaRuleError, match="reads a file"):
        ask(lambda ctx: file.read() != "")


def test_a_psycopg_connection_is_refused(postgresql_url: str) -> None:
    import psycopg  # noqa: PLC0415

    url = postgresql_url.replace("+psycopg", "")
    with pytest.raises(LambdaRuleError, match="uses a database connection"):
        ask(lambda ctx: psycopg.connect(url))
    with (
        psycopg.connect(url) as connection,
        pytest.raises(LambdaRuleError, match="uses a database connection"),
    ):
        ask(lambda ctx: connection.execute("SELECT 1"))


def test_the_rule_ends_with_the_lambda() -> None:
    assert ask(lambda ctx: True) is True
    assert sys.getprofile() is None
    assert HERE.read_text()
    with pytest.raises(LambdaRuleError):
        ask(lambda ctx: HERE.read_text())
    assert sys.getprofile() is None
    assert HERE.read_text()


def test_other_threads_work_on_while_a_lambda_runs() -> None:
    inside, done = threading.Event(), threading.Event()
    read: list[int] = []

    def work() -> None:
        inside.wait(10)
        read.append(len(HERE.read_text()))
        done.set()

    worker = threading.Thread(target=work)
    worker.start()

    def slow(ctx: Any) -> bool:
        inside.set()
        return done.wait(10)

    assert ask(slow) is True
    worker.join()
    assert read[0] > 0


def test_an_audit_hook_alone_still_watches_when_a_profiler_is_on() -> None:
    def profiler(*_: Any) -> None: ...

    sys.setprofile(profiler)
    try:
        with pytest.raises(LambdaRuleError):
            ask(lambda ctx: HERE.read_text())
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)


# --- innocence ---


def test_checks_are_allowed() -> None:
    rows = [{"symbol": "A", "volume": 1}, {"symbol": "B", "volume": None}]
    assert ask(lambda ctx: ctx.get("partition_key") is not None, partition_key="2025-W51") is True
    assert ask(lambda ctx: len(ctx.get("rows", [])) > 0, rows=rows) is True
    assert ask(lambda ctx: len(ctx.get("rows", [])) > 0) is False
    assert ask(lambda ctx: all(row["volume"] for row in ctx["rows"]), rows=rows) is False
    assert ask(lambda ctx: sum(row["volume"] or 0 for row in ctx["rows"]) == 1, rows=rows) is True
    assert (
        ask(lambda ctx: datetime.strptime(ctx["day"], "%Y-%m-%d%z").year == 2025, day="2025-12-15+0000")
        is True
    )
    assert ask(lambda ctx: json.loads(ctx["text"])["a"] == 1, text='{"a": 1}') is True
    assert ask(lambda ctx: ctx.rows("INGEST") == 7) is True


def test_a_lambda_may_import_log_print_and_warn(capsys: pytest.CaptureFixture[str]) -> None:
    def check(ctx: Any) -> bool:
        sys.modules.pop("colorsys", None)
        import colorsys  # noqa: PLC0415

        logging.getLogger("check").warning("odd")
        print("seen")
        linecache.clearcache()
        assert "import atexit" in warnings.formatwarning("strange", UserWarning, __file__, 3)
        return colorsys.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)

    assert ask(check) is True
    assert capsys.readouterr().out == "seen\n"


def test_the_garbage_collector_may_clean_up_for_others_meanwhile(tmp_path: Path) -> None:
    class Owner:
        def __init__(self) -> None:
            self.me = self
            weakref.finalize(self, (tmp_path / "left").write_text, "closed")

        def __del__(self) -> None:
            (tmp_path / "deleted").write_text("closed")

    Owner()

    def collect(ctx: Any) -> bool:
        return gc.collect() > 0

    assert ask(collect) is True
    assert {path.name for path in tmp_path.iterdir()} == {"left", "deleted"}


def test_a_connection_that_somebody_lost_may_go_back_to_its_pool() -> None:
    engine = sa.create_engine("sqlite://")
    lost = SimpleNamespace(connection=engine.connect())
    lost.itself = lost
    del lost
    assert ask(lambda ctx: gc.collect() > 0) is True
    engine.dispose()


# --- answers ---


@pytest.mark.parametrize("truth", [True, 1, 0.5, "2025-W51", b"x", Decimal(1), datetime.now(UTC)])
def test_scalars_answer_with_their_truth(truth: Any) -> None:
    assert ask(lambda ctx: truth) is True


@pytest.mark.parametrize("falsehood", [False, 0, 0.0, "", None, Decimal(0)])
def test_false_scalars_answer_false(falsehood: Any) -> None:
    assert ask(lambda ctx: falsehood) is False


def test_array_scalars_answer_like_the_value_they_hold() -> None:
    assert ask(lambda ctx: SimpleNamespace(shape=(), item=lambda: 3)) is True
    assert ask(lambda ctx: SimpleNamespace(shape=(), item=lambda: 0)) is False


def test_step_results_are_handed_on() -> None:
    answer = StepResult.fail("too thin")
    assert ask(lambda ctx: answer) is answer
    assert not answer
    assert StepResult.ok()


@pytest.mark.parametrize("data", [[], {"data": 1}, {1}, (1, 2), io.StringIO(), object(), iter([1]), range(3)])
def test_data_is_refused(data: Any) -> None:
    with pytest.raises(LambdaRuleError, match="which is data: return true or false"):
        ask(lambda ctx: data)


# --- the context is read-only ---

WRITES: dict[str, Callable[[Any], object]] = {
    "set": lambda ctx: ctx.__setitem__("x", 1),
    "delete": lambda ctx: ctx.__delitem__("rows"),
    "update": lambda ctx: ctx.update(x=1),
    "setdefault": lambda ctx: ctx.setdefault("x", 1),
    "pop": lambda ctx: ctx.pop("rows"),
    "clear": lambda ctx: ctx.clear(),
    "attribute": lambda ctx: setattr(ctx, "x", 1),
    "private attribute": lambda ctx: setattr(ctx, "_values", {}),
    "list append": lambda ctx: ctx["rows"].append(1),
    "list item": lambda ctx: ctx.get("rows").__setitem__(0, 1),
    "list sort": lambda ctx: ctx["rows"].sort(key=str),
    "list iadd": lambda ctx: ctx["rows"].__iadd__([1]),
    "nested dict": lambda ctx: ctx["rows"][0].update(volume=2),
    "nested list": lambda ctx: ctx["rows"][0]["venues"].append("X"),
    "iterated": lambda ctx: [row.clear() for row in ctx["rows"]],
    "sliced": lambda ctx: ctx["rows"][:1][0].clear(),
    "unpacked": lambda ctx: [*ctx["rows"], 1][0].clear(),
    "added": lambda ctx: (ctx["rows"] + [])[0].clear(),
    "added to": lambda ctx: ([] + ctx["rows"])[0].clear(),
    "repeated": lambda ctx: (2 * ctx["rows"])[0].clear(),
    "joined": lambda ctx: (ctx["by_symbol"] | {})["A"].clear(),
    "joined to": lambda ctx: ({} | ctx["by_symbol"])["A"].clear(),
    "row of plain values": lambda ctx: [row.clear() for row in ctx["plain"]],
    "item of plain values": lambda ctx: ctx["plain"][0].__setitem__("volume", 2),
    "reversed rows of plain values": lambda ctx: next(reversed(ctx["plain"])).popitem(),
    "list of plain values": lambda ctx: ctx["by_symbol"]["A"].pop("volume"),
    "copied": lambda ctx: ctx["rows"].copy()[0].clear(),
    "dict of dict": lambda ctx: dict(ctx["by_symbol"])["A"].clear(),
    "dict values": lambda ctx: next(iter(ctx["by_symbol"].values())).clear(),
    "dict items": lambda ctx: next(iter(ctx["by_symbol"].items()))[1].clear(),
    "dict get": lambda ctx: ctx["by_symbol"].get("A").clear(),
    "dict merge": lambda ctx: {**ctx["by_symbol"]}["A"].clear(),
    "dict ior": lambda ctx: ctx["by_symbol"].__ior__({"B": 1}),
    "set add": lambda ctx: ctx["codes"].add(1),
    "set ior": lambda ctx: ctx["codes"].__ior__({1}),
    "in a tuple": lambda ctx: ctx["pair"][0].append(1),
    "values view": lambda ctx: next(iter(ctx.values())).clear(),
    "items view": lambda ctx: dict(ctx.items())["rows"].clear(),
}


def values() -> dict[str, Any]:
    return {
        "rows": [{"symbol": "A", "venues": ["X"]}],
        "by_symbol": {"A": {"volume": 1}},
        "codes": {"NULL"},
        "pair": ([1], 2),
        "plain": [{"volume": 1}, {"volume": 2}],
    }


@pytest.mark.parametrize("write", WRITES)
def test_writes_are_refused_and_change_nothing(write: str) -> None:
    context = values()
    with pytest.raises(LambdaRuleError, match="the lambda of step 'check' (writes to|changes)"):
        ask(WRITES[write], **context)
    assert context == values()


def test_a_refused_write_that_is_swallowed_still_counts() -> None:
    def swallow(ctx: Any) -> bool:
        try:
            ctx["rows"].append(1)
        except LambdaRuleError:
            return True
        return True

    with pytest.raises(LambdaRuleError, match="changes a list"):
        ask(swallow, rows=[])


def test_views_read_like_what_they_show() -> None:
    def check(ctx: Any) -> bool:
        assert isinstance(ctx["rows"], list)
        assert isinstance(ctx["rows"][0], dict)
        assert ctx["rows"] == values()["rows"]
        assert json.loads(json.dumps(ctx["rows"])) == values()["rows"]
        assert json.dumps(ctx["by_symbol"]) == json.dumps(values()["by_symbol"])
        assert copy.deepcopy(ctx["by_symbol"]) == values()["by_symbol"]
        assert type(copy.deepcopy(ctx["rows"])[0]) is dict
        assert sorted(ctx["codes"] | {"A"}) == ["A", "NULL"]
        assert list(reversed(ctx["rows"])) == values()["rows"]
        assert ctx["by_symbol"].get("Z", 5) == 5
        assert "rows" in ctx and len(ctx) == 5 and set(ctx) == set(values())
        assert ctx["plain"] == values()["plain"]
        assert json.dumps(ctx["plain"]) == json.dumps(values()["plain"])
        assert [type(row) for row in copy.deepcopy(ctx["plain"])] == [dict, dict]
        assert sum(row["volume"] for row in ctx["plain"]) == 3
        mine = copy.deepcopy(ctx["rows"])
        mine.append(1)
        return repr(ctx).startswith("LambdaContext(")

    assert ask(check, **values()) is True
