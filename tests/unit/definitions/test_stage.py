"""A declared stage: the definition that its declarations make, and what an attempt at it depends on."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from spine import (
    AnomalyCode,
    Check,
    Context,
    CsvSource,
    Input,
    IsoWeek,
    NdjsonSource,
    ParquetSource,
    Partitioning,
    Pipeline,
    Stage,
)
from spine.core.captures import Place
from spine.core.definitions import changed_parts
from spine.core.files import SourceFile
from spine.core.types import Decimal, Json, UtcTimestamp
from spine.errors import DefinitionError

ROOT = Path(__file__).resolve().parents[3]
WEEKS = Partitioning(week=IsoWeek(start="2025-W01"))
MALFORMED = AnomalyCode("MALFORMED_ROW", severity="ERROR", description="It does not parse.")


def table(*columns: sa.Column[Any], name: str = "volume") -> sa.Table:
    provenance = (sa.Column("partition_key", sa.String), sa.Column("capture_id", sa.String, primary_key=True))
    return sa.Table(name, sa.MetaData(), *columns, *provenance)


VOLUME = table(
    sa.Column("symbol", sa.String, primary_key=True),
    sa.Column("volume", sa.BigInteger, nullable=False),
    sa.Column("price", Decimal(9, 4)),
    sa.Column("seen", UtcTimestamp, nullable=False),
    sa.Column("raw", Json),
)
INGEST = Input("INGEST", tier="BRONZE", table=VOLUME)
SOURCE = CsvSource(
    path="data/{week}.csv",
    columns={"symbol": "Symbol", "volume": "volume"},
    delimiter="|",
    malformed=MALFORMED,
)
CHECKS = (
    Check("NO_VOLUME", when="volume = 0  -- none", action="drop", max_rate=0.05),
    Check(AnomalyCode("BIG"), when="volume > 10", action="record"),
)
SQL = "SELECT symbol, SUM(volume) AS volume\nFROM INGEST GROUP BY symbol;"


def loaded(**other: Any) -> Stage:
    arguments: dict[str, Any] = {
        "partitions": WEEKS,
        "table": VOLUME,
        "source": SOURCE,
        "checks": CHECKS,
    } | other
    return Stage("desk.volumes", "INGEST", "BRONZE", **arguments)


def summed(**other: Any) -> Stage:
    arguments: dict[str, Any] = {
        "partitions": WEEKS,
        "table": VOLUME,
        "inputs": (INGEST,),
        "sql": SQL,
    } | other
    return Stage("desk.volumes", "SUM", "SILVER", **arguments)


def test_the_definition_of_a_source_stage_is_pinned() -> None:
    definition = loaded().definition
    assert definition.text == (
        '{"checks":[{"action":"drop","code":"NO_VOLUME","max_rate":0.05,"when":"volume = 0"},'
        '{"code":"BIG","when":"volume > 10"}],'
        '"columns":[{"kind":"string","name":"symbol"},{"kind":"integer","name":"volume"},'
        '{"kind":"decimal","name":"price","nullable":true,"precision":9,"scale":4},'
        '{"kind":"timestamp","name":"seen"},{"kind":"json","name":"raw","nullable":true}],'
        '"key":["symbol"],'
        '"source":{"columns":{"symbol":"Symbol"},"delimiter":"|","format":"csv",'
        '"malformed":"MALFORMED_ROW","path":"data/{week}.csv"}}'
    )
    assert definition.digest == "1d56600e3df3e7320caf22ecd63ce8270b7db9801042df34d71d22d6fc6732d7"


def test_the_definition_of_a_sql_stage_is_pinned() -> None:
    definition = summed().definition
    assert definition.parts["sql"] == "select symbol , sum ( volume ) as volume from ingest group by symbol"
    assert definition.parts["inputs"] == [{"stage": "INGEST", "tier": "BRONZE"}]
    assert definition.digest == "669953723ba4899a2b264fa3703bc1eaf41377628742d948fc96c44f676bb4b6"


def test_the_definition_of_a_python_stage_has_its_logic() -> None:
    stage = summed(sql=None, logic=summed)
    assert stage.code is not None
    assert stage.definition.parts["logic"] == {"function": "summed", "code": stage.code.digest}
    unknown = summed(sql=None, logic=len)
    assert unknown.definition.parts["logic"] == {"function": "len", "code": "unknown"}
    assert changed_parts(stage.definition.text, unknown.definition.text) == ("logic",)
    arrow = summed(sql=None, logic=summed, rows="arrow")
    assert changed_parts(stage.definition.text, arrow.definition.text) == ("logic",)
    assert stage.definition == summed(sql=None, logic=summed, rows="tuples").definition


@pytest.mark.parametrize(
    "same",
    [
        loaded(checks=CHECKS[::-1]),
        loaded(checks=[replace(CHECKS[0], when="VOLUME=0"), CHECKS[1]]),
        loaded(source=replace(SOURCE, quote='"', final_newline="optional")),
        loaded(source=replace(SOURCE, malformed="MALFORMED_ROW", columns={"symbol": "Symbol"})),
        loaded(table=table(*(column._copy() for column in list(VOLUME.columns)[:5]), name="renamed")),
        loaded(partitions=Partitioning(day=IsoWeek())),
    ],
)
def test_these_say_the_same(same: Stage) -> None:
    assert same.definition == loaded().definition


def test_the_place_is_no_part_of_the_definition() -> None:
    moved = Stage("other", "OTHER", "GOLD", partitions=WEEKS, table=VOLUME, source=SOURCE, checks=CHECKS)
    assert moved.definition == loaded().definition


@pytest.mark.parametrize(
    ("other", "parts"),
    [
        (loaded(source=replace(SOURCE, rows={"week": "symbol"})), ("source",)),
        (loaded(checks=CHECKS[:1]), ("checks",)),
        (loaded(checks=[replace(CHECKS[0], max_rate=0.0), CHECKS[1]]), ("checks",)),
        (loaded(checks=[replace(CHECKS[0], when="volume = 1"), CHECKS[1]]), ("checks",)),
        (loaded(source=replace(SOURCE, final_newline="required")), ("source",)),
        (loaded(source=replace(SOURCE, columns={})), ("source",)),
        (loaded(source=NdjsonSource(path="data/{week}.csv", columns={})), ("source",)),
        (loaded(table=table(sa.Column("symbol", sa.String, primary_key=True))), ("columns",)),
        (
            loaded(
                table=table(
                    *(sa.Column(c.name, c.type, nullable=c.nullable) for c in list(VOLUME.columns)[:5])
                )
            ),
            ("key",),
        ),
        (summed(), ("checks", "inputs", "source", "sql")),
    ],
)
def test_these_do_not(other: Stage, parts: tuple[str, ...]) -> None:
    assert changed_parts(loaded().definition.text, other.definition.text) == parts


def test_inputs_stand_in_the_order_of_their_names_and_with_their_window() -> None:
    other = Input("FEES", tier="BRONZE", table=VOLUME, window=6)
    one, two = summed(inputs=(INGEST, other)), summed(inputs=[other, INGEST])
    assert one.definition == two.definition
    assert one.definition.parts["inputs"] == [
        {"stage": "FEES", "tier": "BRONZE", "window": 6},
        {"stage": "INGEST", "tier": "BRONZE"},
    ]
    narrower = summed(inputs=(INGEST, replace(other, window=5)))
    assert changed_parts(one.definition.text, narrower.definition.text) == ("inputs",)


def test_sql_of_two_databases_is_one_where_it_is_the_same() -> None:
    assert summed(sql={"sqlite": SQL, "postgresql": f"{SQL} -- the same"}).definition == summed().definition
    two = summed(sql={"sqlite": SQL, "postgresql": "SELECT 1"}).definition
    assert two.parts["sql"] == {"sqlite": summed().definition.parts["sql"], "postgresql": "select 1"}


def test_a_definition_goes_by_what_was_written_whatever_a_database_is_asked() -> None:
    assert summed(sql={"written": SQL, "sqlite": "SELECT spine_like(1, 2)"}).definition == summed().definition
    plain, rewritten = (
        Check("ODD", when=when)
        for when in ("a LIKE 'x'", {"written": "a LIKE 'x'", "sqlite": "spine_like(a, 'x')"})
    )
    assert summed(checks=(plain,)).definition == summed(checks=(rewritten,)).definition


def test_the_definition_is_made_once_and_the_stage_does_not_change() -> None:
    stage = loaded()
    assert stage.definition is stage.definition
    with pytest.raises(AttributeError):
        stage.sql = "SELECT 1"  # type: ignore[misc]


def test_an_attempt_depends_on_windows_whether_they_are_there_or_not(tmp_path: Path) -> None:
    stage = summed(inputs=(replace(INGEST, window=3),))
    found = stage.dependencies(WEEKS.parse("2025-W02"), tmp_path)
    assert found.definition is stage.definition
    assert found.files == ()
    assert found.inputs == (
        Place("desk.volumes", "2025-W01", "INGEST", "BRONZE"),
        Place("desk.volumes", "2025-W02", "INGEST", "BRONZE"),
    )


@pytest.mark.parametrize("source", [SOURCE, ParquetSource(path="data/{week}.csv", columns={})])
def test_an_attempt_depends_on_its_file_whether_it_is_there_or_not(source: Any, tmp_path: Path) -> None:
    found = loaded(source=source).dependencies(WEEKS.parse("2025-W02"), tmp_path)
    assert found.files == (SourceFile(path=tmp_path / "data/2025-W02.csv", shown="data/2025-W02.csv"),)
    assert found.inputs == ()


def test_a_file_outside_the_data_root_is_none(tmp_path: Path) -> None:
    """The stage is refused when it reads it, and that attempt is FAILED."""
    stage = loaded(source=replace(SOURCE, path="../{week}.csv"))
    assert stage.dependencies(WEEKS.parse("2025-W02"), tmp_path).files == ()


def test_a_pipeline_gives_what_its_stage_depends_on(tmp_path: Path) -> None:
    class Sum(Pipeline):
        makes = loaded()

        def run(self, context: Context) -> None: ...

    week = WEEKS.parse("2025-W02")
    found = Sum(data_root=tmp_path).dependencies(week)
    assert found == loaded().dependencies(week, tmp_path)


def test_a_pipeline_without_a_stage_says_so() -> None:
    class Plain(Pipeline):
        def run(self, context: Context) -> None: ...

    assert Plain.makes is None
    with pytest.raises(DefinitionError, match=r"Plain declares no stage .* `makes = Stage\(\.\.\.\)`"):
        Plain().dependencies(WEEKS.parse("2025-W02"))


def test_stages_that_are_called_like_what_pipelines_need_have_definitions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from importlib import import_module  # noqa: PLC0415

    from spine.pipelines.registry import default_registry  # noqa: PLC0415

    monkeypatch.setattr(default_registry.pipelines, "_entries", {})
    monkeypatch.setattr(default_registry.workflows, "_entries", {})
    monkeypatch.syspath_prepend(str(ROOT / "tests/cases/names_of_stages/expected"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    import_module("hard_stages")
    for name in default_registry.pipelines.names():
        pipeline = default_registry.pipelines.get(name)
        assert isinstance(pipeline.makes, Stage)
        parts = pipeline.makes.definition.parts
        if pipeline.makes.logic is not None:
            assert pipeline.makes.code is not None
            assert parts["logic"] == {
                "function": pipeline.makes.logic.__name__,
                "code": pipeline.makes.code.digest,
            }
            assert pipeline.makes.code.unread is None
        assert pipeline().dependencies(pipeline.makes.partitions.parse("2025-W02")).definition.parts == parts
    assert len(default_registry.pipelines) == 6
