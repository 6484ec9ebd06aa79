"""Databases of every version of the core's own tables come to the newest one, with all of their rows.

A file below core_versions/ is a dump that stays as it is: what people's databases hold.
"""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from spine.core.database.database import Database
from spine.core.database.schema import CORE_REVISIONS
from spine.core.manifest import CoreManifest
from spine.migrations import drift, upgrade
from spine.migrations.drift import Drift
from tests.databases import emptied, rows_of, run_script, schema_of

DUMPS = Path(__file__).parent / "core_versions"
ROWS = {
    "core_manifest": "capture_id, domain, partition_key, stage, tier, status, row_count, error, supersedes",
    "core_anomalies": "id, capture_id, anomaly_code, message, severity",
    "core_lineage": "capture_id, input_capture_id",
    "core_runs": "run_id, workflow, partition_key, status",
    "core_run_steps": "run_id, position, name, status, capture_id",
}


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    queries = {table: f"SELECT {names} FROM {table}" for table, names in ROWS.items()}  # noqa: S608
    return {table: sorted(rows_of(url, query), key=str) for table, query in queries.items()}


@pytest.mark.parametrize("version", CORE_REVISIONS)
def test_it_comes_to_the_newest(database_url: str, version: str) -> None:
    dialect = sa.make_url(database_url).get_backend_name()
    run_script(database_url, (DUMPS / f"{version}.{dialect}.sql").read_text(encoding="utf-8"))
    before = rows(database_url)
    assert all(before.values())
    ran = upgrade(database_url, None)
    assert ran == CORE_REVISIONS[CORE_REVISIONS.index(version) + 1 :]
    assert rows(database_url) == before
    manifest = CoreManifest(Database.of(database_url))
    found = manifest.check_complete("desk.trades", "2025-01-02", "LOAD", "BRONZE")
    assert found is not None and found.capture_id.endswith("3") and found.row_count == 4
    capture = manifest.record_start("desk.trades", "2025-01-02", "LOAD", "BRONZE")
    manifest.record_complete(capture, 5)
    assert drift(database_url, None) == Drift(differences=(), added=(), pending=())
    migrated = schema_of(database_url)
    upgrade(emptied(database_url), None)
    assert names_of(migrated) == names_of(schema_of(database_url))


def names_of(schema: dict[str, tuple[list[tuple[str, ...]], object, object]]) -> object:
    """Columns in any order: what was added comes last."""
    return {name: (sorted(columns, key=str), rest) for name, (columns, *rest) in schema.items()}


def test_there_is_a_dump_of_every_version_and_no_other() -> None:
    names = {f"{version}.{dialect}.sql" for version in CORE_REVISIONS for dialect in ("sqlite", "postgresql")}
    assert {file.name for file in DUMPS.iterdir()} == names
    assert all(re.search(r"INSERT INTO .*core_manifest", file.read_text("utf-8")) for file in DUMPS.iterdir())
