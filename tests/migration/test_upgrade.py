"""Generated revisions as the runtime runs them: through its own upgrade, whole or not at all."""

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from spine.core.database.schema import CORE_REVISIONS
from spine.core.revision_ids import place_of, text_digest
from spine.migrations import pending, upgrade
from spine_gen.generate import generate, write_build
from spine_gen.permits import EVERY

SPEC = """\
spine: 1
domain: {domain}
description: Made for a test.
partitions: {{day: {{type: date}}}}
tiers: [BRONZE]
stages:
  LOAD:
    tier: BRONZE
    source: {{format: csv, path: "data/{{day}}.csv"}}
    table:
      name: {table}
      key: [symbol]
      columns:
        symbol: {{type: string}}
{columns}
"""
LONG = "a.domain.whose.name.is.as.long.as.a.person.would.write.it"


class Project:
    """A folder with one spec, built into it again and again."""

    def __init__(self, folder: Path, domain: str) -> None:
        self.folder = folder
        self.generated = folder / "generated"
        self.domain = domain

    def build(self, *columns: str, table: str = "trades", indexes: tuple[str, ...] = ()) -> None:
        lines = "\n".join(f"        {column}" for column in columns)
        if indexes:
            lines += "\n      indexes:\n" + "\n".join(f"        - {index}" for index in indexes)
        self.build_text(SPEC.format(domain=self.domain, columns=lines, table=table))

    def build_text(self, text: str) -> None:
        spec = self.folder / "spec.yaml"
        spec.write_text(text, encoding="utf-8")
        plan = generate([spec], self.generated, permits=EVERY)
        assert not plan.blocked, plan.diagnostics
        write_build(plan)


@pytest.mark.parametrize("domain", ["test.domain", LONG])
def test_a_database_is_brought_from_build_to_build(tmp_path: Path, database_url: str, domain: str) -> None:
    project = Project(tmp_path, domain)
    package = domain.replace(".", "_")
    project.build("shares: {type: integer}")
    assert places(upgrade(database_url, project.generated)) == [*CORE_REVISIONS, f"{package}_0001"]
    insert(database_url, symbol="A", shares=1)

    project.build("shares: {type: decimal, precision: 22, scale: 2}", "venue: {type: string, nullable: true}")
    lacking = pending(database_url, project.generated)
    assert places(lacking) == [f"{package}_0002"]
    assert upgrade(database_url, project.generated) == lacking
    assert upgrade(database_url, project.generated) == ()
    ((symbol, shares, venue),) = rows(database_url, "SELECT symbol, shares, venue FROM trades_current")
    assert (symbol, int(shares), venue) == ("A", 1, None)


def test_a_package_from_before_ids_had_digests_goes_on(tmp_path: Path, database_url: str) -> None:
    project = Project(tmp_path, "test.domain")
    project.build("shares: {type: integer}")
    first = tmp_path / "generated/test_domain/migrations/0001_initial.py"
    lock = tmp_path / "generated/test_domain/spine.lock.json"
    written = first.read_text()
    older = re.sub(r"test_domain_0001_[0-9a-f]{8}", "test_domain_0001", written)
    lock.write_text(lock.read_text().replace(text_digest(written), text_digest(older)))
    first.write_text(older)
    assert upgrade(database_url, project.generated)[-1] == "test_domain_0001"
    project.build("shares: {type: integer}", "venue: {type: string, nullable: true}")
    assert first.read_text() == older
    (second,) = upgrade(database_url, project.generated)
    assert place_of(second) == "test_domain_0002" and second != "test_domain_0002"


def test_an_upgrade_that_fails_half_way_leaves_the_database_as_it_was(
    tmp_path: Path, database_url: str
) -> None:
    project = Project(tmp_path, "test.domain")
    project.build("shares: {type: integer}")
    upgrade(database_url, project.generated)
    insert(database_url, symbol="A", shares=1)
    project.build("shares: {type: integer}", "venue: {type: string, nullable: true}")
    project.build("shares: {type: integer}", "venue: {type: string, nullable: true}", "size: {type: integer}")
    with pytest.raises(Exception, match="(?i)null"):
        upgrade(database_url, project.generated)
    assert rows(database_url, "SELECT * FROM trades_current") == [("A", 1, "2025-01-02", "c")]
    tables = sa.inspect(engine(database_url)).get_table_names()
    assert [name for name in tables if name.startswith("_alembic")] == []
    lacking = pending(database_url, project.generated)
    assert places(lacking) == ["test_domain_0002", "test_domain_0003"]
    with engine(database_url).begin() as connection:
        connection.execute(sa.text("DELETE FROM trades"))
    assert upgrade(database_url, project.generated) == lacking


def places(revisions: tuple[str, ...]) -> list[str]:
    """The ids without their digests."""
    return [place_of(revision) for revision in revisions]


def engine(url: str) -> sa.Engine:
    return sa.create_engine(url, poolclass=sa.NullPool)


def rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    with engine(url).connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(sql))]


def insert(url: str, **values: object) -> None:
    row = {"partition_key": "2025-01-02", "capture_id": "c"} | values
    capture = {
        "capture_id": "c",
        "domain": "d",
        "partition_key": "2025-01-02",
        "stage": "LOAD",
        "tier": "BRONZE",
        "status": "COMPLETE",
    }
    with engine(url).begin() as connection:
        for table, item in (("core_manifest", capture), ("trades", row)):
            metadata = sa.Table(table, sa.MetaData(), *(sa.Column(name) for name in item))
            connection.execute(sa.insert(metadata), item)
