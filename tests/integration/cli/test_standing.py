"""What stands where two runs make one partition at once, and which attempt is newer than what stands."""

import re

import pytest

from spine.core.anomalies import CoreAnomalies
from spine.core.clock import utc_now
from spine.core.database.database import Database
from spine.core.manifest import CoreManifest
from spine.core.tables import core_manifest
from spine.errors import CaptureConflictError
from tests.integration.cli.project import Project

PLACE = ("desk", "2025-W51", "LOAD", "BRONZE")


@pytest.fixture
def manifest(generated_url: str) -> CoreManifest:
    return CoreManifest(Database.of(generated_url))


def odd(url: str, capture_id: str) -> None:
    CoreAnomalies(Database.of(url)).record(capture_id, "ODD", "it is odd", "INFO")


def two_at_once(manifest: CoreManifest, url: str) -> None:
    """Both start, one wins; the other fails and says what was odd, too."""
    winner, loser = manifest.record_start(*PLACE), manifest.record_start(*PLACE)
    odd(url, winner)
    odd(url, loser)
    manifest.record_complete(winner, 33)
    with pytest.raises(CaptureConflictError):
        manifest.record_complete(loser, 33)
    manifest.record_failed(loser, "refused")


def test_the_loser_of_two_runs_is_never_the_standing(
    project: Project, manifest: CoreManifest, generated_url: str
) -> None:
    two_at_once(manifest, generated_url)
    text = project.spine("status", "--database-url", generated_url).out
    assert ("COMPLETE 33" in text, "FAILED" in text) == (True, False)
    assert project.spine("status", "--failed", "--database-url", generated_url).out == ""


def test_the_losers_anomalies_are_not_counted(
    project: Project, manifest: CoreManifest, generated_url: str
) -> None:
    two_at_once(manifest, generated_url)
    (row,) = project.spine("anomalies", "--format", "json", "--database-url", generated_url).json
    assert (row["count"], row["capture_status"]) == (1, "COMPLETE")


def test_what_a_killed_process_left_running_is_no_standing_once_another_completed(
    project: Project, manifest: CoreManifest, generated_url: str
) -> None:
    manifest.record_start(*PLACE)
    running = project.spine("status", "--database-url", generated_url).out.splitlines()[2].split()
    assert running[:2] == ["2025-W51", "RUNNING"]
    assert running[4] == "on"
    manifest.record_complete(manifest.record_start(*PLACE), 33)
    assert "RUNNING" not in project.spine("status", "--database-url", generated_url).out


def test_an_attempt_that_started_when_what_stands_stood_is_shown_beside_it(
    project: Project, manifest: CoreManifest, generated_url: str
) -> None:
    manifest.record_complete(manifest.record_start(*PLACE), 33)
    manifest.record_failed(manifest.record_start(*PLACE), "first")
    last = manifest.record_start(*PLACE)
    text = project.spine("status", "--database-url", generated_url).out
    assert re.search(r"RUNNING \d+ s on \S+, kept 33", text)
    manifest.record_failed(last, "second")
    text = project.spine("status", "--database-url", generated_url).out
    assert ("FAILED, kept 33" in text, "second" in text, "first" in text) == (True, True, False)
    failed = project.spine("status", "--failed", "--format", "json", "--database-url", generated_url).json
    assert [one["error"] for one in failed] == [None, "second"]


def test_of_attempts_that_failed_only_the_last_ones_anomalies_are_counted(
    project: Project, manifest: CoreManifest, generated_url: str
) -> None:
    for reason in ("first", "second"):
        failed = manifest.record_start(*PLACE)
        odd(generated_url, failed)
        manifest.record_failed(failed, reason)
    (row,) = project.spine("anomalies", "--format", "json", "--database-url", generated_url).json
    assert (row["count"], row["capture_id"]) == (1, failed)


def test_where_the_rows_that_stood_are_gone_an_earlier_attempt_is_no_standing(
    project: Project, manifest: CoreManifest, generated_url: str
) -> None:
    manifest.record_failed(manifest.record_start(*PLACE), "first")
    manifest.record_complete(manifest.record_start(*PLACE), 33)
    with Database.of(generated_url).write() as connection:
        connection.execute(core_manifest.update().values(superseded_at=utc_now()))
    assert project.spine("status", "--failed", "--database-url", generated_url).out == ""
    manifest.record_failed(manifest.record_start(*PLACE), "since")
    (one,) = project.spine("status", "--failed", "--format", "json", "--database-url", generated_url).json
    assert one["error"] == "since"
