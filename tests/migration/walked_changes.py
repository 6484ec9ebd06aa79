"""The changes that random walks make to a spec: each does it in place, and says whether it could."""

import random
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from tests.migration.walked_spec import (
    FIELDS,
    MAY_BE_EMPTY,
    WalkedColumn,
    WalkedIndex,
    WalkedSpec,
    WalkedStage,
    WalkedTable,
)

Change: TypeAlias = Callable[[random.Random, WalkedSpec], bool]
_T = TypeVar("_T")

ODD_NAMES = ("order", "select", "class", "symbol", "count", "venue", "float")
NO_KEY = frozenset({"float", "json"})


def add_column(chance: random.Random, spec: WalkedSpec) -> bool:
    """A column that is new, or was dropped before, by its earlier name or another; required or not."""
    stage = chance.choice(spec.stages)
    there = {column.of for column in stage.columns}
    of = _pick(
        chance, [of for of in FIELDS if of not in there and (stage.reads is None or stage.reads.column(of))]
    )
    if of is None:
        return False
    name = of if chance.random() < 0.7 else chance.choice(ODD_NAMES)
    if name in stage.lost or name in {column.name for column in stage.columns}:
        name = spec.new_name("c")
    read = stage.reads.column(of) if stage.reads else None
    must_be_nullable = of in MAY_BE_EMPTY if read is None else read.nullable
    column = WalkedColumn(
        name=name,
        of=of,
        type=read.type if read else FIELDS[of][0],
        nullable=must_be_nullable or chance.random() < 0.5,
        default=True,
    )
    stage.columns.insert(chance.randrange(len(stage.columns) + 1), column)
    return True


def drop_column(chance: random.Random, spec: WalkedSpec) -> bool:
    """A column that never was of a key, as that cannot come back, with those that are read from it."""
    stage = chance.choice(spec.stages)
    readers = spec.readers(stage)
    keys = {of for one in (stage, *readers) for of in (*one.key, *one.keys)}
    column = _pick(chance, [column for column in stage.columns if column.of not in keys])
    if column is None:
        return False
    for one in (stage, *readers):
        for each in [each for each in one.columns if each.of == column.of]:
            one.columns.remove(each)
            one.indexes = [index for index in one.indexes if each.of not in index.of]
            if each.built is not None:
                one.lost.add(each.built)
    return True


def rename_column(chance: random.Random, spec: WalkedSpec) -> bool:
    """To a name of its own, one that SQL or Python has a use for, or the one that it began with."""
    stage = chance.choice(spec.stages)
    column = chance.choice(stage.columns)
    name = chance.choice((spec.new_name("c"), column.of, chance.choice(ODD_NAMES)))
    if name in stage.lost or name in {each.name for each in stage.columns}:
        return False
    column.rename(name, stage.columns)
    column.filled = False  # a step says so by the name that there was
    return True


def retype(chance: random.Random, spec: WalkedSpec) -> bool:
    """A column of a file, wider or narrower, and those that are read from it.

    The values of one that was of a key convert to the new type: with NULL in it, no key can come back.
    """
    stage = chance.choice([stage for stage in spec.stages if stage.reads is None])
    readers = (stage, *spec.readers(stage))
    keys = {of for one in readers for of in (*one.key, *one.keys)}
    column = _pick(chance, [column for column in stage.columns if len(FIELDS[column.of]) > 1])
    if column is None:
        return False
    types = [
        kind
        for kind in FIELDS[column.of]
        if column.of not in keys or (kind not in NO_KEY and column.converts_to(kind))
    ]
    kind = chance.choice(types)
    if kind == column.type:
        return False
    for one in readers:
        for each in one.columns:
            if each.of == column.of:
                each.type = kind
                each.filled, each.default = False, True  # for what does not convert to it
    return True


def loosen(chance: random.Random, spec: WalkedSpec) -> bool:
    """A required column may be NULL, and so may those that are read from it."""
    stage = chance.choice(spec.stages)
    readers = (stage, *spec.readers(stage))
    keys = {of for one in readers for of in one.key}
    column = _pick(chance, [each for each in stage.columns if each.of not in keys and not each.nullable])
    if column is None:
        return False
    for one in readers:
        for each in one.columns:
            if each.of == column.of:
                each.nullable = True
    return True


def tighten(chance: random.Random, spec: WalkedSpec) -> bool:
    """A column that may be NULL is required; rows that have NULL get its default, if no step filled it."""
    stage = chance.choice(spec.stages)
    column = _pick(
        chance,
        [
            each
            for each in stage.columns
            if each.nullable and each.of not in MAY_BE_EMPTY and not _reads_null(stage, each)
        ],
    )
    if column is None:
        return False
    column.nullable, column.default = False, not column.filled
    return True


def change_key(chance: random.Random, spec: WalkedSpec) -> bool:
    """One column more, or one less; rows stay apart by the first."""
    stage = chance.choice(spec.stages)
    fit = [
        column.of
        for column in stage.columns
        if not column.nullable and column.type not in NO_KEY and column.of not in stage.key
    ]
    if len(stage.key) > 1 and (not fit or chance.random() < 0.5):
        stage.key = tuple(of for of in stage.key if of == "k" or chance.random() < 0.3)
        return True
    if not fit:
        return False
    keys = [*stage.key, chance.choice(fit)]
    chance.shuffle(keys)
    stage.key = tuple(keys)
    return True


def rename_table(chance: random.Random, spec: WalkedSpec) -> bool:
    stage = chance.choice(spec.stages)
    stage.table.rename(spec.new_name("t"), [each.table for each in spec.stages])
    for column in stage.columns:
        column.filled = False
    return True


def rename_stage(chance: random.Random, spec: WalkedSpec) -> bool:
    chance.choice(spec.stages).rename(spec.new_name("S"), spec.stages)
    return True


def replace_stage(chance: random.Random, spec: WalkedSpec) -> bool:
    """Its name is another, and nobody says that it was renamed: the table is another stage's now."""
    stage = chance.choice(spec.stages)
    stage.name, stage.word = spec.new_name("S"), None
    return True


def move_stage(chance: random.Random, spec: WalkedSpec) -> bool:
    """To another tier, above what it reads and below what reads it."""
    stage = chance.choice(spec.stages)
    lowest = stage.reads.tier if stage.reads else 0
    highest = min([one.tier for one in spec.readers(stage)], default=len(spec.tiers) - 1)
    tier = chance.randint(lowest, highest)
    changes, stage.tier = tier != stage.tier, tier
    return changes


def add_stage(chance: random.Random, spec: WalkedSpec) -> bool:
    """One that reads the file, or another stage by SQL or logic."""
    reads = chance.choice((None, *spec.stages))
    of = [*FIELDS] if reads is None else [column.of for column in reads.columns]
    chosen = ["k", *chance.sample([each for each in of if each != "k"], k=min(2, len(of) - 1))]
    name = spec.new_name("S")
    stage = WalkedStage(
        name=name,
        kind="source" if reads is None else chance.choice(("sql", "python")),
        table=WalkedTable(name=f"t_{name.lower()}"),
        tier=reads.tier if reads else 0,
        reads=reads,
        function=f"make_{name.lower()}",
        columns=[WalkedColumn(name=each, of=each) for each in chosen],
    )
    _fit(stage)
    spec.stages.append(stage)
    return True


def remove_stage(chance: random.Random, spec: WalkedSpec) -> bool:
    """With those that read it; not the first of all."""
    stage = _pick(chance, spec.stages[1:])
    if stage is None:
        return False
    for one in (stage, *spec.readers(stage)):
        if one in spec.stages:
            spec.stages.remove(one)
            spec.gone.append(one)
            if one.table.built is not None:
                spec.lost.add(one.table.built)
    return True


def bring_back(chance: random.Random, spec: WalkedSpec) -> bool:
    """A stage that was removed in an earlier build, by all of its names, where they are free."""
    taken = {each.name for each in spec.stages} | {each.table.name for each in spec.stages} | spec.lost
    fit = [
        stage
        for stage in spec.gone
        if not {stage.name, stage.table.name} & taken
        and (
            stage.reads is None
            or (stage.reads in spec.stages and all(stage.reads.column(each.of) for each in stage.columns))
        )
    ]
    stage = _pick(chance, fit)
    if stage is None:
        return False
    spec.gone.remove(stage)
    stage.forget()
    _fit(stage)
    spec.stages.append(stage)
    return True


def change_kind(chance: random.Random, spec: WalkedSpec) -> bool:
    """What SQL did, logic does, or the other way round."""
    stage = _pick(chance, [stage for stage in spec.stages if stage.reads])
    if stage is None:
        return False
    stage.kind = "python" if stage.kind == "sql" else "sql"
    return True


def rename_tier(chance: random.Random, spec: WalkedSpec) -> bool:
    chance.choice(spec.tiers).rename(spec.new_name("TIER"), spec.tiers)
    return True


def rename_code(chance: random.Random, spec: WalkedSpec) -> bool:
    chance.choice(spec.codes).rename(spec.new_name("CODE"), spec.codes)
    return True


def rename_dimension(chance: random.Random, spec: WalkedSpec) -> bool:
    chance.choice(spec.dimensions).rename(spec.new_name("d"), spec.dimensions)
    return True


def rename_workflow(_chance: random.Random, spec: WalkedSpec) -> bool:
    spec.workflow.rename(spec.new_name("w"))
    return True


def rename_domain(chance: random.Random, spec: WalkedSpec) -> bool:
    """To a new name, or back to the first."""
    spec.domain.rename(chance.choice((spec.new_name("test.walk"), "test.walk")))
    return spec.domain.name != spec.domain.built


def change_index(chance: random.Random, spec: WalkedSpec) -> bool:
    """One more, of one or two columns; or one that is there goes, or has another name, order or columns."""
    stage = chance.choice(spec.stages)
    fields = [column.of for column in stage.columns]
    of = tuple(chance.sample(fields, k=min(chance.randint(1, 2), len(fields))))
    index = chance.choice([*stage.indexes, WalkedIndex(of=of)])
    if index in stage.indexes and chance.random() < 0.3:
        stage.indexes.remove(index)
        return True
    if index in stage.indexes and chance.random() < 0.5:
        index.name = None if index.name else spec.new_name("ix")
        return True
    if of in [each.of for each in stage.indexes]:
        return False
    if index not in stage.indexes:
        stage.indexes.append(index)
        index.name = spec.new_name("ix") if chance.random() < 0.4 else None
    index.of, index.concurrently = of, chance.random() < 0.3
    return True


def describe(chance: random.Random, spec: WalkedSpec) -> bool:
    """The domain and a stage; and a table and a column, which databases may have as comments, or no more."""
    spec.description = f"It's 100% walked, {spec.new_name('v')}: é."
    chance.choice(spec.stages).description = "What\nit makes."
    stage = chance.choice(spec.stages)
    for one in (stage.table, chance.choice(stage.columns)):
        text = f"{spec.new_name('d')} is 100% 'said', of \\ :x and %s: é."
        one.said = None if one.said and chance.random() < 0.3 else text
    return True


CHANGES: tuple[Change, ...] = (
    *(add_column, drop_column, rename_column, retype, loosen, tighten, change_key, change_index),
    *(rename_table, rename_stage, replace_stage, move_stage, add_stage, remove_stage, bring_back),
    *(change_kind, rename_tier, rename_code, rename_dimension, rename_workflow, rename_domain, describe),
)


class Changes:
    """The changes of one walk: the kind that waits longest and can be made, is; two walks share an order."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(f"{seed} changes")
        order = [*CHANGES]
        random.Random(seed // 2).shuffle(order)
        half = len(order) // 2
        self._waiting = order if seed % 2 else [*order[half:], *order[:half]]

    def of(self, spec: WalkedSpec) -> tuple[WalkedSpec, list[str]]:
        """The spec after one to four changes, and what they are called."""
        made: list[str] = []
        after, number = spec.copy(), self.chance.randint(1, 4)
        while len(made) < number:
            change = next(each for each in self._waiting if each(self.chance, after))
            self._waiting.remove(change)
            self._waiting.append(change)
            made.append(change.__name__)
        return after, made


def _pick(chance: random.Random, of: list[_T]) -> _T | None:
    return chance.choice(of) if of else None


def _reads_null(stage: WalkedStage, column: WalkedColumn) -> bool:
    read = stage.reads.column(column.of) if stage.reads else None
    return read is not None and read.nullable


def _fit(stage: WalkedStage) -> None:
    """The types, the NULLs and the tier that what it reads makes possible."""
    for column in stage.columns:
        read = stage.reads.column(column.of) if stage.reads else None
        if read is not None:
            column.type = read.type
            column.nullable = column.of not in stage.key and (column.nullable or read.nullable)
        elif stage.reads is None and column.type not in FIELDS[column.of]:
            column.type = FIELDS[column.of][0]
        if stage.reads is None and column.of in MAY_BE_EMPTY:
            column.nullable = True
    stage.key = tuple(
        of
        for of in stage.key
        if of == "k"
        or ((read := stage.column(of)) is not None and not read.nullable and read.type not in NO_KEY)
    )
    if stage.reads:
        stage.tier = max(stage.tier, stage.reads.tier)
