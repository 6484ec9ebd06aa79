"""Random walks of all kinds of changes to a spec, as people go through them, with rows, on both databases.

The package is built, its logic mended, the database migrated with something of people's in it, steps are
written, stages run, again and again. What survives has its values and people's files are as they left them
after each build; in the end a fresh project of the last spec, over the same files, has the same schema and
shows the same rows, also when the migrations went back and forth.

SPINE_TEST_WALKS=200 pytest tests/migration/test_walks.py     # more of them than CI has time for
SPINE_TEST_FIRST_WALK=17 SPINE_TEST_WALKS=1 …                 # that one again; SPINE_TEST_BUILDS are in each
"""

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from spine.migrations import migrate
from tests.databases import emptied
from tests.migration.walked_changes import CHANGES, Changes
from tests.migration.walked_project import Values, WalkedProject
from tests.migration.walked_spec import partition_keys, start

FIRST, WALKS, BUILDS = (
    int(os.environ.get(f"SPINE_TEST_{name}", default))
    for name, default in (("FIRST_WALK", "0"), ("WALKS", "2"), ("BUILDS", "5"))
)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WALKS))
def test_a_walk(tmp_path: Path, database_url: str, seed: int) -> None:
    chance, changes, spec = random.Random(seed), Changes(seed), start(1 + seed % 2)
    project = WalkedProject(tmp_path / "walked", database_url, spec)
    project.build(spec, chance)
    project.write("NOTES.md", "Mine: é\r\n")
    project.write("logic/tables.txt", "not code\u2028")
    project.write("migrations/README", "Read me.")
    project.migrate()
    project.schemas |= dict.fromkeys(project.revisions(), project.schema())
    project.run()
    said: list[str] = []
    with telling(seed, said):
        for _ in range(BUILDS):
            go_on(project, chance, changes, said)
        project.run()
        migrated, seen = project.schema(), project.current()
        there_and_back(project, chance, said)
        assert project.schema() == migrated
        said.append("run")
        project.run()
        assert project.current() == seen
        project.check_people()
        fresh = WalkedProject(tmp_path / "fresh", emptied(database_url), project.spec)
        fresh.build(project.spec.built(keeps_words=True), chance)
        fresh.migrate()
        assert fresh.schema() == migrated
        fresh.run()
        assert fresh.current() == seen


def go_on(project: WalkedProject, chance: random.Random, changes: Changes, said: list[str]) -> None:
    """One build with what comes before and after it."""
    before = project.spec.built(keeps_words=chance.random() < 0.5)
    after, made = changes.of(before)
    said.append(" ".join(made))
    rows = project.rows(before)
    project.build(after, chance)
    if chance.random() < 0.4:
        project.migrate_around(chance, before)
    else:
        project.migrate()
    project.schemas |= dict.fromkeys(project.revisions()[-1:], project.schema())
    check_values(rows, project)
    if chance.random() < 0.3:
        said.append("refresh")
        project.run()
    if chance.random() < 0.3 and (filled := project.step(chance)):
        said.append(f"step {filled}")
        project.migrate()
        project.schemas |= dict.fromkeys(project.revisions()[-1:], project.schema())


def check_values(rows: Mapping[str, Values], project: WalkedProject) -> None:
    """What was in the tables is there, wherever it is now; only what was NULL may have a default."""
    keys = partition_keys(project.spec)
    for stage in project.spec.stages:
        if stage.table.built is None or not stage.table.survives:
            continue
        there = project.rows(project.spec)[stage.table.name]
        was = rows[stage.table.built]
        assert there.keys() == was.keys()
        kept = [column for column in stage.columns if column.keeps_values]
        for place, row in there.items():
            assert row["partition_key"] in keys
            for column in kept:
                value = was[place][column.of]
                assert row[column.of] == value or (value is None and not column.nullable), (
                    stage.name,
                    column,
                )


def there_and_back(project: WalkedProject, chance: random.Random, said: list[str]) -> None:
    """Down over several revisions, and up again."""
    revisions = project.revisions()
    known = [at for at, revision in enumerate(revisions[:-1]) if revision in project.schemas]
    if not known:
        return
    at = chance.choice(known)  # not between an index that is built concurrently and what comes before it
    said.append(f"down to {at} of {len(revisions)}")
    migrate(project.url, project.generated, to=revisions[at], may_destroy=True)
    assert but_for_nulls(project.schema()) == but_for_nulls(project.schemas[revisions[at]])
    said.append("up")
    migrate(project.url, project.generated)


def but_for_nulls(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema without what an undone change cannot give back: that a column is required."""
    return {
        name: {**table, "columns": {column: (kind, *more) for column, (kind, _, *more) in columns.items()}}
        if isinstance(table, dict) and (columns := table["columns"])
        else table
        for name, table in schema.items()
    }


@contextmanager
def telling(seed: int, said: list[str]) -> Iterator[None]:
    """What was done until something was wrong is told with it."""
    try:
        yield
    except Exception as error:
        error.add_note(f"walk {seed}: " + "; ".join(said))
        raise


def test_every_kind_of_change_is_walked() -> None:
    """With the seeds of CI, so that none of them is there for nothing."""
    taken: set[str] = set()
    for seed in range(2):
        changes, spec = Changes(seed), start(1 + seed % 2).built(keeps_words=True)
        for _ in range(5):
            spec, made = changes.of(spec)
            spec = spec.built(keeps_words=False)
            taken |= set(made)
    assert taken == {change.__name__ for change in CHANGES}
