"""The database keeps what it has run, and nothing runs where that, or the files, are not in order."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from spine.core.database.database import Database
from spine.core.database.schema import CORE_REVISIONS, create_core
from spine.core.revision_ids import text_digest, with_digest
from spine.core.tables import core_revisions
from spine.errors import DatabaseAheadError, MigrationError
from spine.migrations import pending, plan, upgrade
from tests.databases import FORGET_REVISIONS
from tests.integration.core.packages import package


@pytest.fixture
def database(database_url: str) -> Database:
    return Database.of(database_url)


def kept(database: Database) -> list[tuple[str, str | None, bool]]:
    """The revisions in their order, with the sha256 and whether it is known when they were applied."""
    c = core_revisions.c
    with database.read() as connection:
        query = sa.select(c.revision, c.sha256, c.applied_at.is_not(None)).order_by(c.position)
        return [(name, sha256, bool(timed)) for name, sha256, timed in connection.execute(query)]


def step(generated: Path, number: int = 1, name: str = "prices") -> Path:
    return generated / name / "migrations" / f"{number:04}_step.py"


def branched(generated: Path, number: int, table: str) -> str:
    """A package's revision with a digest in its id, as a build writes it; the id."""
    package(generated, "prices", number, more=f'op.create_table("{table}", sa.Column("n", sa.Integer))')
    file = step(generated, number)
    text = with_digest(file.read_text().replace(f'"prices_{number:04}"', f'"prices_{number:04}_00000000"', 1))
    file.write_text(text)
    return text.split('revision = "', 1)[1].split('"', 1)[0]


def test_every_revision_that_runs_is_kept_in_its_order(database: Database, tmp_path: Path) -> None:
    package(tmp_path, "prices")
    upgrade(database, tmp_path)
    package(tmp_path, "prices", 2)
    package(tmp_path, "finra")
    upgrade(database, tmp_path)
    assert kept(database) == [
        *((name, None, True) for name in CORE_REVISIONS),
        ("prices_0001", text_digest(step(tmp_path).read_text()), True),
        ("finra_0001", text_digest(step(tmp_path, 1, "finra").read_text()), True),
        ("prices_0002", text_digest(step(tmp_path, 2).read_text()), True),
    ]


def test_a_failed_upgrade_keeps_nothing(database: Database, tmp_path: Path) -> None:
    package(tmp_path, "prices")
    upgrade(database, tmp_path)
    before = kept(database)
    package(tmp_path, "prices", 2)
    package(tmp_path, "prices", 3, more="raise LookupError")
    with pytest.raises(LookupError):
        upgrade(database, tmp_path)
    assert kept(database) == before


def test_a_database_from_before_gets_what_it_ran_with_the_digests_of_now(
    database: Database, tmp_path: Path
) -> None:
    package(tmp_path, "prices")
    package(tmp_path, "prices", 2)
    upgrade(database, tmp_path)
    as_before = kept(database)
    with database.write() as connection:
        for statement in FORGET_REVISIONS:
            connection.exec_driver_sql(statement)
    package(tmp_path, "prices", 3)
    found = plan(database, tmp_path)
    names = ["spine_core_0001", "spine_core_0002", "spine_core_0003", "prices_0001", "prices_0002"]
    assert [revision.revision for revision in found.unrecorded] == names
    assert upgrade(database, tmp_path) == (*CORE_REVISIONS[3:], "prices_0003")
    digests = {name: sha256 for name, sha256, _ in as_before}
    assert kept(database)[:5] == [(name, digests[name], False) for name in names]
    assert [(name, timed) for name, _, timed in kept(database)[5:]] == [
        *((revision, True) for revision in CORE_REVISIONS[3:]),
        ("prices_0003", True),
    ]


def test_a_core_that_was_made_whole_is_kept_too(database: Database) -> None:
    with database.write() as connection:
        create_core(connection)
    assert kept(database) == [(name, None, True) for name in CORE_REVISIONS]


def refused(database: Database, generated: Path, *said: str) -> None:
    """Nothing runs, nor is planned, for a reason with those words."""
    with database.read() as connection:
        before = sorted(sa.inspect(connection).get_table_names())
    for ask in (upgrade, plan):
        with pytest.raises((MigrationError, DatabaseAheadError)) as refusal:
            ask(database, generated)
        for words in said:
            assert words in str(refusal.value)
    with database.read() as connection:
        assert sorted(sa.inspect(connection).get_table_names()) == before


def test_a_revision_that_was_changed_since_it_ran_is_refused(database: Database, tmp_path: Path) -> None:
    package(tmp_path, "prices")
    upgrade(database, tmp_path)
    package(tmp_path, "prices", more="pass  # another")  # and the lock knows it so
    package(tmp_path, "prices", 2)
    refused(database, tmp_path, "0001_step.py was changed since", "restore it from version control")


@pytest.mark.parametrize("digested", [False, True])
def test_an_edited_revision_is_refused(database: Database, tmp_path: Path, digested: bool) -> None:
    if digested:
        branched(tmp_path, 1, "a")
    else:
        package(tmp_path, "prices")
    file = step(tmp_path)
    file.write_text(file.read_text() + "# more\n")
    refused(database, tmp_path, "0001_step.py is not as spine-gen wrote it", "Restore it")
    file.write_text(file.read_text().removesuffix("# more\n").replace("\n", "\r\n"))
    assert upgrade(database, tmp_path)  # a checkout on Windows is no edit


def test_a_revision_written_by_hand_is_refused(database: Database, tmp_path: Path) -> None:
    package(tmp_path, "prices")
    lock = tmp_path / "prices" / "spine.lock.json"
    known = lock.read_text()
    package(tmp_path, "prices", 2)
    lock.write_text(known)
    refused(database, tmp_path, "0002_step.py is not as spine-gen wrote it")
    lock.write_text("<<<<<<< no JSON")
    refused(database, tmp_path, "0001_step.py is not as", "0002_step.py is not as")


def test_two_revisions_that_follow_the_same_one_are_refused(database: Database, tmp_path: Path) -> None:
    package(tmp_path, "prices")
    upgrade(database, tmp_path)
    one = branched(tmp_path, 2, "a")
    step(tmp_path, 2).rename(step(tmp_path, 2).with_name("0002_one.py"))
    other = branched(tmp_path, 2, "b")
    assert one != other
    refused(database, tmp_path, one, other, "both follow prices_0001", "spine-gen rebase")
    assert set(pending(database, tmp_path)) == {one, other}


def test_a_database_of_another_branch_is_refused(database: Database, tmp_path: Path) -> None:
    package(tmp_path, "prices")
    theirs = branched(tmp_path, 2, "a")
    upgrade(database, tmp_path)
    ours = branched(tmp_path, 2, "b")
    said = f"{theirs}, which no migration here defines: another branch or an older build made it, here {ours}"
    refused(database, tmp_path, said, "spine migrate --to prices_0001")
    with pytest.raises(DatabaseAheadError, match=theirs):
        pending(database, tmp_path)  # which is what a run asks


def test_a_missing_revision_is_refused(database: Database, tmp_path: Path) -> None:
    package(tmp_path, "prices")
    package(tmp_path, "prices", 2)
    upgrade(database, tmp_path)
    step(tmp_path, 2).unlink()
    refused(database, tmp_path, "at prices_0002, which no migration here defines. Use the code")


def test_a_revision_with_marks_of_a_merge_is_refused(database: Database, tmp_path: Path) -> None:
    package(tmp_path, "prices")
    file = step(tmp_path)
    file.write_text(f"<<<<<<< HEAD\n{file.read_text()}=======\n>>>>>>> main\n")
    refused(database, tmp_path, "0001_step.py has the marks of a merge conflict", "spine-gen rebase")


def test_the_lock_is_read_as_a_build_writes_it(tmp_path: Path) -> None:
    """That the tests' packages are like real ones: the same key, paths and digests."""
    package(tmp_path, "prices")
    ours = json.loads((tmp_path / "prices" / "spine.lock.json").read_text())["migrations"]
    root = Path(__file__).resolve().parents[3] / "generated" / "finra_otc"
    built = json.loads((root / "spine.lock.json").read_text())["migrations"]
    for folder, migrations in ((tmp_path / "prices", ours), (root, built)):
        assert migrations == {path: text_digest((folder / path).read_text()) for path in migrations}
