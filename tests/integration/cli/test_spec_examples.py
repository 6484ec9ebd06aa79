"""`spine test` and pytest's plugin: examples of specs are run on both databases, and what differs is told."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import sqlalchemy as sa

from spine_gen.generate import generate, write_build
from tests.integration.cli.project import ROOT, Project, make_project

CASE = ROOT / "tests" / "cases" / "examples" / "expected" / "case_fills"
LOGIC = '''\
"""How many fills there are in the window."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import FillRow, FillSumRow


def two_days(capture: Capture, load: InputRows[FillRow]) -> Iterator[FillSumRow]:
    yield FillSumRow(sum(1 for _ in load))
'''


@pytest.fixture
def fills(tmp_path: Path) -> Project:
    """A project with the package of a case whose examples have every type, and its logic written."""
    package = tmp_path / "generated" / "case_fills"
    shutil.copytree(CASE, package)
    (package / "logic" / "two_days.py").write_text(LOGIC, encoding="utf-8")
    return make_project(tmp_path / "project", generated=tmp_path / "generated")


def changed(project: Project, *swaps: tuple[str, str], package: str = "case_fills") -> None:
    """Swap texts in the examples of a package."""
    file = project.folder.parent / "generated" / package / "examples.py"
    text = file.read_text(encoding="utf-8")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def schemas(url: str) -> set[str]:
    engine = sa.create_engine(url)
    names = {*sa.inspect(engine).get_schema_names()}
    engine.dispose()
    return names


def test_the_specs_of_this_repository_do_what_they_say(project: Project, postgresql_url: str) -> None:
    before = schemas(postgresql_url)
    ran = project.spine("test", "--database-url", postgresql_url)
    assert ran.status == 0, ran
    assert "passed  prices.daily RETURNS over_a_weekend  (postgresql)" in ran.out.splitlines()
    each = ran.out.count("(sqlite)")
    told = f"{2 * each} passed, 0 failed: {each} on SQLite and {each} on PostgreSQL"
    assert ran.out.splitlines()[-1] == told
    assert schemas(postgresql_url) == before
    assert not project.database.exists()


def test_values_of_every_type_windows_and_failures(fills: Project, postgresql_url: str) -> None:
    ran = fills.spine("test", "--database-url", postgresql_url)
    assert (ran.status, ran.out.splitlines()[-1]) == (
        0,
        "14 passed, 0 failed: 7 on SQLite and 7 on PostgreSQL",
    ), ran


def test_what_differs_is_told_alike_on_both(fills: Project, postgresql_url: str) -> None:
    changed(
        fills,
        ('"house": True', '"house": False'),
        ('Decimal("123456789.123456")', 'Decimal("123456789.123457")'),
        ('"legs": [1, {"a": None}]', '"legs": [True, {"a": None}]'),
        ('anomalies={"BAD_LINE": 1, "NO_PRICE": 1}', 'anomalies={"NO_PRICE": 3}'),
        ('"id": 1, "price": Decimal("2.5")', '"id": 2, "price": Decimal("2.5")'),
        ("anomalies={},", 'anomalies={"BAD_LINE": 2},'),
        ("expect=(),", 'expect=({"id": 4, "settles": date(2026, 1, 2)},),'),
        ('expect=({"fills": 1},)', 'expect=({"fills": 2},)'),
        ('anomalies={"NO_PRICE": 0}', "fails='too few'"),
        ("is not complete", "is gone"),
    )
    ran = fills.spine("test", "--database-url", postgresql_url)
    assert ran.status == 1
    lines = ran.out.splitlines()
    assert lines[-1] == "0 passed, 14 failed: 7 on SQLite and 7 on PostgreSQL"
    half = len(lines[:-2]) // 2
    reason = (
        "LOAD (RAW) of case.fills is not complete for desk=FX/day=2026-01-01: "
        "run LOAD for that partition first"
    )
    assert lines[:half] == [
        "failed  case.fills LOAD every_type  (sqlite)",
        "    changed     {id: 1} price: 123456789.123457 → 123456789.123456",
        "    changed     {id: 1} house: false → true",
        '    changed     {id: 2} legs: [true, {"a": null}] → [1, {"a": null}]',
        "    anomalies   BAD_LINE: 0 → 1",
        "    anomalies   NO_PRICE: 3 → 1",
        "failed  case.fills LOAD nothing_is_kept  (sqlite)",
        "    missing     {id: 4, settles: 2026-01-02}",
        "failed  case.fills LOAD an_empty_file  (sqlite)",
        "    anomalies   BAD_LINE: 2 → 0",
        "failed  case.fills AMENDS of_no_fill  (sqlite)",
        "    missing     {id: 2, price: 2.5}",
        "    unexpected  {id: 1, price: 2.500000}",
        "failed  case.fills TWO_DAYS both  (sqlite)",
        "    changed     fills: 2 → 1",
        "failed  case.fills TWO_DAYS without_the_first  (sqlite)",
        "    failure     too few → none",
        "failed  case.fills TWO_DAYS without_any  (sqlite)",
        f"    failure     LOAD (RAW) of case.fills is gone → {reason}",
    ]
    assert [line.replace("postgresql", "sqlite") for line in lines[half:-2]] == lines[:half]


def test_rows_that_nobody_expects_are_told_whole(fills: Project) -> None:
    row = '"id": {},\n                "price"'
    changed(fills, (row.format(1), row.format(9)))
    ran = fills.spine("test")
    assert ran.out.splitlines()[2] == (
        "    unexpected  {id: 1, price: 123456789.123456, ratio: 0.1, settles: 2026-03-02, at: null, "
        "house: true, note: null, legs: null}"
    )


OWN_FILES = """\
spine: 1
domain: case.files
partitions:
  day: {type: date, start: 2025-01-01}
tiers: [RAW]
stages:
  LOAD:
    tier: RAW
    source: {format: csv, path: "data/*_{day}?.csv", encoding: latin-1, header: false, delimiter: ";"}
    table:
      name: files_line
      key: [id]
      columns: {id: {type: integer}, name: {type: string}}
    examples:
      as_its_source_reads_it: {given: "1;Zoë\\n2;Ñu", expect: [{id: 1, name: Zoë}, {id: 2, name: Ñu}]}
"""


def test_a_file_is_written_where_and_how_its_source_reads_it(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", generated=tmp_path / "generated")
    spec = project.folder / "files.yaml"
    spec.write_text(OWN_FILES, encoding="utf-8")
    write_build(generate([spec], tmp_path / "generated", project=project.folder))
    ran = project.spine("test", "files.yaml")
    assert ran.out.splitlines()[-1] == "1 passed, 0 failed: 1 on SQLite", ran
    changed(project, ("Zoë", "Zoë €"), package="case_files")
    project.spine("test").refused(
        "case.files LOAD as_its_source_reads_it: the file cannot be written in latin-1"
    )


def test_as_json(fills: Project) -> None:
    changed(fills, ('expect=({"fills": 1},)', 'expect=({"fills": 2},)'))
    ran = fills.spine("test", "--format", "json")
    assert ran.status == 1
    assert (ran.json["passed"], ran.json["failed"]) == (6, 1)
    (failed,) = [example for example in ran.json["examples"] if not example["passed"]]
    assert failed.pop("seconds") > 0
    assert failed == {
        "domain": "case.fills",
        "stage": "TWO_DAYS",
        "name": "both",
        "partition_key": "desk=FX/day=2026-01-02",
        "database": "sqlite",
        "passed": False,
        "differences": [{"what": "changed", "row": {}, "name": "fills", "expected": 2, "found": 1}],
    }


def test_an_error_in_logic_is_told_with_its_place(fills: Project) -> None:
    fills.logic("case_fills", "two_days").write_text(LOGIC.replace("sum(1 for _ in load)", "1 // 0"), "utf-8")
    ran = fills.spine("test", "--traceback")
    assert ran.status == 1
    place = "two_days.py:11: ZeroDivisionError: integer division or modulo by zero"
    assert f"    failure     none → {place}" in ran.out.splitlines()
    assert "Traceback" in ran.err and "yield FillSumRow(1 // 0)" in ran.err


def specs_of(project: Project) -> Path:
    """The specs' folder, where the examples say that they are from."""
    folder = project.folder / "specs"
    folder.mkdir()
    for spec in (ROOT / "specs").glob("*.yaml"):
        shutil.copyfile(spec, folder / spec.name)
    return folder


@pytest.mark.parametrize(
    ("named", "count"),
    [
        (("specs/finra.yaml",), 4),
        (("specs",), 16),
        (("prices.daily",), 6),
        (("specs/finra.yaml", "finra.otc", "./specs/prices.yaml"), 10),
    ],
)
def test_specs_folders_and_domains_choose(project: Project, named: tuple[str, ...], count: int) -> None:
    specs_of(project)
    ran = project.spine("test", *named)
    assert ran.out.splitlines()[-1] == f"{count} passed, 0 failed: {count} on SQLite"


def test_what_has_no_examples_is_refused(project: Project) -> None:
    specs_of(project)
    project.spine("test", "specs/other.yaml").refused(
        "there are no built examples of specs/other.yaml", "specs/finra.yaml, specs/prices.yaml"
    )
    project.spine("test", "--database-url", "sqlite:///own.db").refused("name a PostgreSQL database")


def test_a_project_without_examples_is_told_so(fills: Project) -> None:
    (fills.folder.parent / "generated" / "case_fills" / "examples.py").unlink()
    ran = fills.spine("test")
    assert (ran.status, ran.out) == (0, "no examples: write some below the stages of a spec, and build it\n")


def test_an_example_whose_stage_is_gone_says_what_to_do(fills: Project) -> None:
    changed(fills, ('"TWO_DAYS"', '"THREE_DAYS"'))
    fills.spine("test").refused("no pipeline that makes THREE_DAYS is registered; build the spec again")


Pytest = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_pytest(fills: Project) -> Pytest:
    """Pytest in the project, as people start it."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error"]
        if "spine" not in entry_points(group="pytest11").names:
            command += ["-p", "spine.pytest_plugin"]  # where spine is not installed but only there
        return subprocess.run(
            [*command, *arguments],
            cwd=fills.folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_pytest_runs_examples_on_both_databases_where_it_is_asked_to(
    fills: Project, run_pytest: Pytest, postgresql_url: str
) -> None:
    done = run_pytest("--spine-examples", "--spine-database-url", postgresql_url, "-v")
    assert done.returncode == 0, done.stdout
    assert "examples::case.fills/LOAD/every_type[postgresql] PASSED" in done.stdout
    assert "14 passed" in done.stdout


def test_pytest_shows_what_differs(fills: Project, run_pytest: Pytest) -> None:
    changed(fills, ('"house": True', '"house": False'))
    done = run_pytest("--spine-examples", "-k", "LOAD")
    assert done.returncode == 1
    assert "example case.fills LOAD every_type" in done.stdout
    assert "Values of every type are compared" in done.stdout
    assert "changed     {id: 1} house: false → true" in done.stdout
    assert "1 failed, 2 passed, 4 deselected" in done.stdout
    assert "runtest" not in done.stdout


def test_pytest_shows_where_logic_failed(fills: Project, run_pytest: Pytest) -> None:
    fills.logic("case_fills", "two_days").write_text(LOGIC.replace("sum(1 for _ in load)", "1 // 0"), "utf-8")
    done = run_pytest("--spine-examples", "-k", "both")
    assert "failure     none → two_days.py:11: ZeroDivisionError" in done.stdout
    assert "yield FillSumRow(1 // 0)" in done.stdout


def test_pytest_imports_nothing_unasked(fills: Project, run_pytest: Pytest) -> None:
    package = fills.folder.parent / "generated" / "case_fills" / "__init__.py"
    package.write_text("raise RuntimeError('imported')\n", encoding="utf-8")
    (fills.folder / "test_own.py").write_text("def test_own() -> None: ...\n", encoding="utf-8")
    assert "1 passed" in run_pytest().stdout
    assert "1 passed" in run_pytest("-o", "spine_examples=true", "test_own.py").stdout
    for asked in (("--spine-examples",), ("-o", "spine_examples=true")):
        done = run_pytest(*asked)
        assert done.returncode == 2
        assert "generated package case_fills cannot be imported" in done.stdout


FRAMES = ROOT / "tests" / "cases" / "rows_arrow" / "expected" / "case_frames"
MEAN = """\
import polars as pl

from spine import ArrowRows, ArrowStream, Capture


def mean(capture: Capture, load: ArrowRows, calendar: ArrowRows) -> ArrowStream:
    assert pl.DataFrame(calendar).schema == {"day": pl.Date}
    mean = pl.col("close").mean().cast(pl.Decimal(12, 4))
    return pl.DataFrame(load).group_by("symbol").agg(mean.alias("mean"))
"""


def test_logic_with_frames(tmp_path: Path, postgresql_url: str) -> None:
    """The package of a case whose function gets Arrow and gives it; pyarrow is loaded by that alone."""
    package = tmp_path / "generated" / "case_frames"
    shutil.copytree(FRAMES, package)
    (package / "logic" / "mean.py").write_text(MEAN, encoding="utf-8")
    project = make_project(tmp_path / "project", generated=tmp_path / "generated")
    ran = project.spine("test", "--database-url", postgresql_url)
    assert (ran.status, ran.out.splitlines()[-1]) == (
        0,
        "2 passed, 0 failed: 1 on SQLite and 1 on PostgreSQL",
    ), ran
    script = (
        "import sys, case_frames.pipelines; sys.exit('pyarrow' in sys.modules or 'duckdb' in sys.modules)"
    )
    (package / "logic" / "mean.py").write_text(MEAN.replace("import polars as pl\n", ""), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path / "generated")])}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
