"""A COMPLETE that was reported is there after a power cut: by the order of writes and syncs."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from spine.core.anomalies import CoreAnomalies
from spine.core.database.database import Database
from spine.core.manifest import CoreManifest
from spine.core.tracking import Tracking
from spine.migrations import upgrade

from .disk import Disk, watched_disk


def complete(tracking: Tracking, number: int) -> str:
    capture = tracking.manifest.record_start("d", f"{number:03}", "S", "T")
    tracking.manifest.record_complete(capture, number)
    return capture


def found_after_power_cut(disk: Disk, folder: Path, chance: random.Random | None) -> dict[str, str]:
    """The status of each capture that is there."""
    folder.mkdir()
    disk.after_power_cut(folder, chance)
    with closing(sqlite3.connect(folder / "spine.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return dict(connection.execute("SELECT capture_id, status FROM core_manifest"))


def test_sqlite_keeps_every_complete_that_was_reported(tmp_path: Path) -> None:
    """With a checkpoint every few commits, and of what was not synced nothing, or a part by chance."""
    reported: list[str] = []
    seed = random.Random(20251217)
    with watched_disk(tmp_path) as disk:
        database = Database.of(f"sqlite:///{tmp_path / 'spine.db'}")
        upgrade(database, None)
        with database.write() as connection:
            connection.exec_driver_sql("PRAGMA wal_autocheckpoint = 20")
        tracking = Tracking(database)
        for number in range(30):
            reported.append(complete(tracking, number))
            tracking.manifest.record_start("d", f"{number:03}", "OTHER", "T")  # may be lost
            for cut, chance in enumerate([None, seed, seed]):
                found = found_after_power_cut(disk, tmp_path / f"{number}-{cut}", chance)
                assert [found.get(capture) for capture in reported] == ["COMPLETE"] * len(reported)
        database.dispose()
    assert "write spine.db" in disk.journal[-200:]  # checkpoints were among it


def test_sqlite_syncs_once_a_capture(tmp_path: Path) -> None:
    """The start writes and does not wait; COMPLETE's commit ends with a sync of the log."""
    with watched_disk(tmp_path) as disk:
        database = Database.of(f"sqlite:///{tmp_path / 'spine.db'}")
        upgrade(database, None)
        tracking = Tracking(database)
        complete(tracking, 0)
        disk.journal.clear()
        capture = tracking.manifest.record_start("d", "001", "S", "T")
        assert set(disk.journal) == {"write spine.db-wal"}
        disk.journal.clear()
        tracking.manifest.record_complete(capture, 1)
        assert disk.journal.count("sync spine.db-wal") == 1
        assert disk.journal[-1] == "sync spine.db-wal"
        database.dispose()


def test_sqlite_syncs_no_anomaly_of_a_capture_that_still_runs(tmp_path: Path) -> None:
    """COMPLETE's commit covers them, whoever recorded them; one that comes later waits for the disk."""
    with watched_disk(tmp_path) as disk:
        database = Database.of(f"sqlite:///{tmp_path / 'spine.db'}")
        upgrade(database, None)
        manifest, anomalies = CoreManifest(database), CoreAnomalies(database)
        capture = manifest.record_start("d", "001", "S", "T")
        disk.journal.clear()
        for _ in range(3):
            anomalies.record(capture, "ODD")
        assert set(disk.journal) == {"write spine.db-wal"}
        manifest.record_complete(capture, 1)
        disk.journal.clear()
        anomalies.record(capture, "LATE")
        assert disk.journal[-1] == "sync spine.db-wal"
        assert anomalies.count(capture) == 4
        database.dispose()


def test_the_disk_loses_what_was_not_synced(tmp_path: Path) -> None:
    """Else the others could not fail: a commit that does not wait is gone."""
    with watched_disk(tmp_path) as disk:
        database = Database.of(f"sqlite:///{tmp_path / 'spine.db'}")
        upgrade(database, None)
        tracking = Tracking(database)
        kept = complete(tracking, 0)
        lost = tracking.manifest.record_start("d", "001", "S", "T")
        found = found_after_power_cut(disk, tmp_path / "cut", None)
        database.dispose()
    assert kept in found
    assert lost not in found


def test_postgresql_has_flushed_its_log_when_complete_is_reported(postgresql_url: str) -> None:
    """Its log is written in order: what is flushed up to a commit holds every commit before it.

    Of 20 captures some may be seen otherwise, as the server writes and flushes for itself too.
    """
    database = Database.of(postgresql_url)
    upgrade(database, None)
    tracking = Tracking(database)

    def is_all_flushed() -> bool:
        with database.read() as connection:
            query = "SELECT pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn()"
            return bool(connection.exec_driver_sql(query).scalar_one())

    after_start, after_complete = [], []
    for number in range(20):
        capture = tracking.manifest.record_start("d", f"{number:03}", "S", "T")
        after_start.append(is_all_flushed())
        tracking.manifest.record_complete(capture, 1)
        after_complete.append(is_all_flushed())
    database.dispose()
    assert sum(after_start) < 10
    assert sum(after_complete) > 10


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_postgresql_runs_with_what_a_power_cut_needs(postgresql_url: str, setting: str) -> None:
    database = Database.of(postgresql_url)
    with database.read() as connection:
        assert connection.exec_driver_sql(f"SHOW {setting}").scalar() == "on"
    database.dispose()
