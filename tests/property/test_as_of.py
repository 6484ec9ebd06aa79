"""What was once answered about the past never changes, however many publish while it is asked."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from spine.core.captures import Place
from spine.core.database.database import Database
from spine.core.database.database_clock import database_now
from spine.core.manifest import CoreManifest
from spine.core.numbers import number_all, resolve
from spine.core.tables import core_manifest
from spine.core.tracking import Tracking
from spine.errors import CaptureConflictError
from spine.looking.anomalies import counted, wanted
from spine.looking.freshness import FreshnessOf
from spine.looking.lineage import edges_from
from spine.looking.status import Question, StatusOf
from spine.migrations import upgrade
from spine.orchestration.ranges import PartitionRange
from spine.orchestration.stale import StaleCaptures
from spine.pipelines.registry import Registry
from spine.pipelines.stages import DeclaredStages

PUBLISHERS, CAPTURES, READERS, QUESTIONS = 4, 25, 2, 12
KEYS = ("2025-W01", "2025-W02")
STAGES = ("A", "B")

_c = core_manifest.c

# The captures of each place, what they were made from, and how many anomalies of each code they have.
Answer = tuple[dict[Place, str], dict[str, tuple[str, ...]], list[tuple[str, str, int]]]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database.of(database_url)
    upgrade(made, None)
    yield made
    made.dispose()


def publish_some(database: Database, seed: int) -> None:
    """Restate the same few places as the other publishers, some from one of the other stage."""
    choice = random.Random(seed)
    tracking = Tracking(database)
    for _ in range(CAPTURES):
        key, stage = choice.choice(KEYS), choice.choice(STAGES)
        capture_id = tracking.manifest.record_start("d", key, stage, "T")
        try:
            if stage == "B":
                read = CoreManifest(database).current_captures("d", "A", "T", [key])
                tracking.lineage.record(capture_id, [one.capture_id for one in read.values()])
            tracking.anomalies.record(capture_id, "BEFORE")
            tracking.manifest.record_complete(capture_id, 1)
            tracking.anomalies.record(capture_id, "AFTER")
            read = CoreManifest(database).current_captures("d", "A", "T", KEYS)
            tracking.lineage.record(capture_id, [one.capture_id for one in read.values()])
        except CaptureConflictError:
            tracking.manifest.record_failed(capture_id, "another one was quicker")


def answer(database: Database, moment: str) -> tuple[int, Answer]:
    """What stood then, as spine status has it, and the number that it prints."""
    as_of = resolve(database, moment)
    declared = DeclaredStages(Registry())
    freshness = FreshnessOf(StaleCaptures(declared, Path(), look_at_files=False))
    asked = Question(within=PartitionRange(), limit=10, as_of=as_of)
    with database.snapshot() as connection:
        (page,) = StatusOf(connection, declared, freshness).pages("d", asked)
        found = {place: one.complete for place, one in page.standings.items()}
        captures = {place: one.capture_id for place, one in found.items() if one is not None}
        edges: dict[str, tuple[str, ...]] = {}
        for capture_id in captures.values():
            edges |= edges_from(connection, capture_id, down=False, as_of=as_of)
        conditions = wanted(domain="d", partition=None, code=None, as_of=as_of)
        odd = [(one["capture_id"], one["code"], one["count"]) for one in counted(connection, conditions)]
    return as_of.number, (captures, edges, odd)


def complete_now(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.scalars(sa.select(_c.capture_id).where(_c.status == "COMPLETE")))


def test_an_answer_once_given_never_changes(database: Database) -> None:
    answers: dict[str, tuple[int, Answer]] = {}
    seen: list[tuple[int, set[str], set[str]]] = []  # a number, what was seen before it was told, and after
    done = threading.Event()

    def ask(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(QUESTIONS):
            before = complete_now(database)
            with database.write() as connection:
                number = number_all(connection)
                now = connection.execute(sa.select(database_now())).scalar_one()
            seen.append((number, before, complete_now(database)))
            for moment in (str(number), str(choice.randint(0, number)), now.isoformat()):
                given = answer(database, moment)
                assert answers.setdefault(moment, given) == given
            if done.is_set():
                break

    with ThreadPoolExecutor(PUBLISHERS + READERS) as pool:
        publishing = [pool.submit(publish_some, database, seed) for seed in range(PUBLISHERS)]
        asking = [pool.submit(ask, 100 + seed) for seed in range(READERS)]
        for one in publishing:
            one.result()
        done.set()
        for one in asking:
            one.result()

    with database.write() as connection:
        number_all(connection)
        rows = connection.execute(sa.select(_c.capture_id, _c.number).where(_c.number.is_not(None)))
        numbers = {row.capture_id: row.number for row in rows}
    assert {moment: answer(database, moment) for moment in answers} == answers
    for number, before, after in seen:
        assert all(numbers[capture_id] <= number for capture_id in before)
        assert all(later > number for capture_id, later in numbers.items() if capture_id not in after)
    assert sorted(numbers.values()) == list(range(1, len(numbers) + 1))
