"""`spine-gen step`: a change of data that a person writes, in the line of revisions."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from spine.core.revision_ids import is_step, text_digest
from spine.errors import MigrationError
from spine.migrations import migrate, pending, upgrade
from spine_gen.cli.commands import app
from tests.migration.test_upgrade import engine, insert, rows

SPEC = """\
spine: 1
domain: desk.trades
partitions: {day: {type: date}}
tiers: [BRONZE]
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: "data/{day}.csv"}
    table:
      name: trades
      key: [symbol]
      columns:
        symbol: {type: string}
"""
NULLABLE = "        venue: {type: string, nullable: true}\n"
REQUIRED = "        venue: {type: string}\n"
FILLING = """\
    from alembic import op

    op.execute("UPDATE trades SET venue = 'X' || symbol WHERE venue IS NULL")
"""
SPEC_PATH, MIGRATIONS = Path("specs/desk.yaml"), Path("generated/desk_trades/migrations")
STEP = MIGRATIONS / "0003_fill_venue_of_old_trades.py"
UNWRITTEN = re.compile(r" *raise NotImplementedError\(.*?\)\n(?=\n|\Z)", re.DOTALL)
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in a project whose table has a column that may be NULL, by its second revision."""
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text("[tool.spine]\n")
    SPEC_PATH.parent.mkdir()

    def invoke(*arguments: str, columns: str = NULLABLE) -> Result:
        SPEC_PATH.write_text(SPEC + columns, encoding="utf-8")
        return CliRunner().invoke(app, arguments)

    assert invoke("build", columns="").exit_code == 0
    assert invoke("build").exit_code == 0
    return invoke


def written(run: Run, fills: str = '("trades.venue",)') -> str:
    """A step as a person has written it."""
    result = run("step", SPEC_PATH.as_posix(), "Fill venue of old trades.")
    assert result.exit_code == 0, result.stderr
    text = STEP.read_text(encoding="utf-8").replace("fills = ()", f"fills = {fills}")
    text = UNWRITTEN.sub("", UNWRITTEN.sub(lambda _: FILLING, text, count=1))
    STEP.write_text(text, encoding="utf-8")
    return text


def test_in_two_steps_a_column_becomes_required(run: Run, database_url: str) -> None:
    upgrade(database_url, Path("generated"))
    insert(database_url, symbol="A", venue=None)
    refused = run("build", columns=REQUIRED)
    assert refused.exit_code == 1
    assert "SG602" in refused.stderr and "default:" in refused.stderr and "spine-gen step" in refused.stderr

    text = written(run)
    assert run("check").exit_code == 0
    result = run("build", columns=REQUIRED)
    assert result.exit_code == 0, result.stderr
    assert STEP.read_text(encoding="utf-8") == text
    assert [path.name for path in sorted(MIGRATIONS.glob("000[34]*.py"))] == [
        STEP.name,
        "0004_alter_venue_in_trades.py",
    ]
    assert '"migrations/0003_fill_venue_of_old_trades.py"' in lock().partition('"yours"')[2]
    assert run("check", columns=REQUIRED).exit_code == 0
    assert run("build", columns=REQUIRED).stdout.endswith("unchanged\n")

    step, last = upgrade(database_url, Path("generated"))
    assert is_step(step) and not is_step(last)
    assert rows(database_url, "SELECT symbol, venue FROM trades_current") == [("A", "XA")]
    assert pending(database_url, Path("generated")) == ()
    with engine(database_url).connect() as connection:
        (venue,) = (one for one in sa.inspect(connection).get_columns("trades") if one["name"] == "venue")
    assert not venue["nullable"]
    assert len(migrate(database_url, Path("generated"), to="desk_trades_0002").steps) == 2
    assert rows(database_url, "SELECT symbol, venue FROM trades_current") == [("A", "XA")]


def lock() -> str:
    return (MIGRATIONS.parent / "spine.lock.json").read_text(encoding="utf-8")


def test_a_step_without_its_fills_leaves_the_finding(run: Run) -> None:
    written(run, fills='("trades.symbol",)')
    assert "SG602" in run("build", columns=REQUIRED).stderr


def test_a_step_may_be_edited_until_a_database_ran_it(run: Run, database_url: str) -> None:
    text = written(run)
    upgrade(database_url, Path("generated"))
    STEP.write_text(text + "\n# more\n", encoding="utf-8")
    assert run("check").exit_code == 0
    with pytest.raises(MigrationError, match=rf"{STEP.name} was changed since .* ran it"):
        upgrade(database_url, Path("generated"))


@pytest.mark.parametrize("left", ["upgrade and downgrade", "downgrade"])
def test_a_step_that_is_not_written_is_refused_before_anything_runs(
    run: Run, database_url: str, left: str
) -> None:
    """Also where only what undoes it is not: once the step ran, that could not be written any more."""
    assert run("step", SPEC_PATH.as_posix(), "Ä").exit_code == 0
    step = MIGRATIONS / "0003_step.py"
    text = step.read_text(encoding="utf-8")
    if left == "downgrade":
        step.write_text(UNWRITTEN.sub(lambda _: FILLING, text, count=1), encoding="utf-8")
    with pytest.raises(MigrationError, match=f"0003_step.py is not written yet: write {left};"):
        upgrade(database_url, Path("generated"))
    with pytest.raises(sa.exc.DBAPIError):
        rows(database_url, "SELECT 1 FROM trades")
    assert len(migrate(database_url, Path("generated"), to="desk_trades_0002").steps) > 0


def test_a_step_that_ran_without_saying_what_undoes_it_is_not_undone(run: Run, database_url: str) -> None:
    text = written(run) + "\n\ndef downgrade() -> None:\n"
    STEP.write_text(f"{text}    raise LookupError\n", encoding="utf-8")
    upgrade(database_url, Path("generated"))
    text += '    raise NotImplementedError("write what undoes it")\n'  # of a spine that ran it all the same
    STEP.write_text(text, encoding="utf-8")
    with engine(database_url).begin() as connection:
        digest = {"digest": text_digest(text)}
        connection.execute(
            sa.text("UPDATE core_revisions SET sha256 = :digest WHERE revision LIKE '%step%'"), digest
        )
    with pytest.raises(MigrationError, match="does not say what undoes it"):
        migrate(database_url, Path("generated"), to="desk_trades_0002")


def test_two_steps_begun_apart_are_two(run: Run) -> None:
    run("step", SPEC_PATH.as_posix(), "One.")
    (one,) = MIGRATIONS.glob("0003*.py")
    first = one.read_text(encoding="utf-8")
    one.unlink()
    assert run("build").exit_code == 0
    run("step", SPEC_PATH.as_posix(), "Another.")
    (other,) = MIGRATIONS.glob("0003*.py")
    ids = {text.partition('revision = "')[2].partition('"')[0] for text in (first, other.read_text())}
    assert len(ids) == 2


def test_a_step_comes_after_what_is_built(run: Run) -> None:
    result = run("step", SPEC_PATH.as_posix(), "Fill.", columns="")
    assert result.exit_code in (1, 2)
    more = run(
        "step",
        SPEC_PATH.as_posix(),
        "Fill.",
        columns=NULLABLE + "        size: {type: integer, nullable: true}\n",
    )
    assert (more.exit_code, "spine-gen build" in more.stderr) == (2, True)
    assert not [*MIGRATIONS.glob("0003*")]
