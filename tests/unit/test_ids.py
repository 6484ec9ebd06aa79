"""Capture ids are UUIDv7 that sort by the time they were made."""

import os
import threading
from uuid import UUID

import pytest

from spine.core.ids import new_capture_id


def test_ids_are_uuid7_and_rise() -> None:
    ids = [new_capture_id() for _ in range(20_000)]
    assert ids == sorted(set(ids))
    assert UUID(ids[0]).version == 7
    assert ids[0] == str(UUID(ids[0]))


def test_ids_of_several_threads_differ_and_rise_in_each() -> None:
    made: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: made.append([new_capture_id() for _ in range(5_000)]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(ids == sorted(ids) for ids in made)
    assert len({one for ids in made for one in ids}) == 20_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
def test_a_forked_child_and_its_parent_make_different_ids() -> None:
    for _ in range(50):
        reading, writing = os.pipe()
        child = os.fork()
        made = new_capture_id()
        if child == 0:
            os.write(writing, made.encode())
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(reading, len(made)).decode() != made
        os.close(reading)
        os.close(writing)
