"""Runs the steps of a plan through Alembic: on a connection, or as a script that someone else runs.

It is loaded only when there is something to run: Alembic takes a quarter of a second.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from io import StringIO
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from spine.core.database.backend import DialectName
from spine.core.database.functions.register import FUNCTION_NAMES
from spine.core.database.schema import CORE_REVISION, CORE_REVISIONS, create_core
from spine.core.horizon_script import horizon_script
from spine.core.revision_ids import is_step
from spine.core.sql_tokens import sql_tokens
from spine.errors import MigrationError

from .applied import ONE_AT_A_TIME
from .in_the_way import LOOKED
from .indexes import AFTERWARDS, BUILDING, OUTSIDE
from .plan import MigrationPlan, Step, recording_steps
from .revisions import Revision
from .unseen import unseen
from .view_grants import KEEPS_VIEWS, PREPARE
from .watching import MigrationWatch, statements_told

_HEAD: Mapping[DialectName, str] = {
    "sqlite": "-- {count}, to end at the first error: sqlite3 -bail FILE < SCRIPT",
    "postgresql": "-- {count}, to end at the first error: psql -v ON_ERROR_STOP=1 -f SCRIPT",
}
_BEGIN: Mapping[DialectName, str] = {
    "sqlite": "BEGIN IMMEDIATE;",
    "postgresql": f"BEGIN;\n\nSELECT pg_advisory_xact_lock({ONE_AT_A_TIME});",
}
_OUTSIDE = "-- In no transaction, while others write. What comes next keeps it as applied."


def run_steps(
    connection: sa.Connection, folders: tuple[Path, ...], steps: Iterable[Step], watch: MigrationWatch
) -> None:
    """Run them in the connection's transaction, the version table included; the watch hears of each.

    What of people's is in their way was looked for before, in the same transaction.
    """
    steps = tuple(steps)
    keeps = _keeps_views(steps, connection.dialect.name)
    options = {
        "fn": _steps(folders, steps, watch),
        "transactional_ddl": True,  # the transaction is the caller's: with it, on SQLite too
        KEEPS_VIEWS: keeps,
        LOOKED: not any(is_step(step.revision.revision) for step in steps),
    }
    with statements_told(connection, watch):
        for statement in PREPARE if keeps else ():
            connection.execute(sa.text(statement))
        _run(MigrationContext.configure(connection=connection, opts=options))


def script_of(plan: MigrationPlan, dialect: DialectName, folders: tuple[Path, ...]) -> str:
    """The SQL of the plan for that database, to be run as the transactions that it is; "" for none.

    Raises MigrationError where rows have to be read on the way: a core from before it numbered captures; and
    where SQLite's own client could not run it.
    """
    if not plan.steps and not plan.unrecorded:
        return ""
    is_new = not plan.applied.heads
    left = [step for step in plan.steps if not (is_new and step.revision.is_core)]
    if any(step.revision.revision in CORE_REVISIONS[:2] for step in left):
        raise MigrationError(
            f"{CORE_REVISIONS[1]} numbers the captures that are there, which SQL alone cannot: run "
            f"`spine migrate --to {CORE_REVISION}` first, which changes no table of a package"
        )
    heads = {CORE_REVISION} if is_new else {*plan.applied.heads}
    parts = plan.parts(dialect) or ((),)
    count = "One transaction" if len(parts) == 1 else f"{len(parts)} transactions"
    texts = [f"{_HEAD[dialect].format(count=count)}\n{unseen(plan, dialect)}"]
    for number, part in enumerate(parts):
        built = bool(part) and plan.stands_apart(part[0], dialect)
        if built:
            texts.append(_built_outside(part[0], dialect, folders))
        steps = [step for step in part if step in left]
        records = recording_steps(steps, plan.unrecorded if number == 0 else ())
        texts.append(_transaction(steps, dialect, folders, heads, records, is_new=is_new, built=built))
        heads = _heads_after(steps, heads)
    return "\n\n".join(texts) + "\n"


def _built_outside(step: Step, dialect: DialectName, folders: tuple[Path, ...]) -> str:
    """What comes before the transaction of a step that stands apart."""
    text = StringIO()
    options = {"as_sql": True, "output_buffer": text, BUILDING: OUTSIDE}
    context = MigrationContext.configure(dialect=_dialect(dialect), opts=options)
    run_unrecorded(context, folders, [step.revision])
    return f"{_OUTSIDE}\n{text.getvalue().rstrip()}"


def _transaction(
    steps: Sequence[Step],
    dialect: DialectName,
    folders: tuple[Path, ...],
    heads: Iterable[str],
    records: Iterable[sa.Executable],
    *,
    is_new: bool,
    built: bool,
) -> str:
    text = StringIO()
    keeps = _keeps_views(steps, dialect)
    context = MigrationContext.configure(
        dialect=_dialect(dialect),
        opts={
            "fn": _steps(folders, steps, MigrationWatch()),
            "as_sql": True,
            "literal_binds": True,
            "output_buffer": text,
            "starting_rev": tuple(sorted(heads)),
            BUILDING: AFTERWARDS if built else None,
            KEEPS_VIEWS: keeps,
        },
    )
    assert context.connection is not None
    if is_new:
        create_core(context.connection)
    _run(context)
    for statement in (*records, *_horizons(steps)):
        context.connection.execute(statement)
    body = re.sub(r"^(?:BEGIN|COMMIT);\n+", "", text.getvalue(), flags=re.MULTILINE).rstrip()
    if keeps:
        body = ";\n\n".join((*PREPARE, body))
    if dialect == "sqlite":
        _check_plain(body, steps)
    return f"{_BEGIN[dialect]}\n\n{body}\n\nCOMMIT;"


def _keeps_views(steps: Iterable[Step], dialect: str) -> bool:
    """Whether what people gave views has to be kept, as PostgreSQL drops it with these."""
    return dialect == "postgresql" and any(step.drops_views for step in steps)


def _check_plain(script: str, steps: Iterable[Step]) -> None:
    """MigrationError where the script calls functions that only spine's connections to SQLite know."""
    called = FUNCTION_NAMES.intersection(sql_tokens(script, "sqlite"))
    if called:
        names = ", ".join(sorted(called))
        of = [step.revision.revision for step in steps if any(name in step.revision.text for name in called)]
        raise MigrationError(
            f"{', '.join(of)} calls {names} on SQLite, which only spine's own connections know: no script "
            "for sqlite3 can run it. Run `spine migrate` instead"
        )


def _heads_after(steps: Iterable[Step], heads: Set[str]) -> set[str]:
    """The newest revisions once the steps ran, none of which is undone where others follow."""
    after = set(heads)
    for step in steps:
        after = after - {step.revision.follows} | {step.revision.revision}
    return after


def _horizons(steps: Iterable[Step]) -> Iterable[sa.Executable]:
    for step in steps:
        if step.destroys:
            yield from horizon_script(step.loss)


def run_unrecorded(
    context: MigrationContext, folders: tuple[Path, ...], revisions: Iterable[Revision]
) -> None:
    """Run what the revisions do, one after another; that they did is noted nowhere."""
    script = _scripts_in(folders)
    with Operations.context(context):
        for revision in revisions:
            script.get_revision(revision.revision).module.upgrade()


def _scripts_in(folders: tuple[Path, ...]) -> ScriptDirectory:
    """The folders of revisions as Alembic has them."""
    return ScriptDirectory(str(folders[0].parent), version_locations=[str(folder) for folder in folders])


def _steps(
    folders: tuple[Path, ...], steps: Iterable[Step], watch: MigrationWatch
) -> Callable[[Any, MigrationContext], Iterator[RevisionStep]]:
    script = _scripts_in(folders)
    ordered = tuple(steps)

    def steps_of(_heads: Any, _context: MigrationContext) -> Iterator[RevisionStep]:
        for step in ordered:
            watch.begins(step)
            yield (
                MigrationStep.downgrade_from_script if step.undoing else MigrationStep.upgrade_from_script
            )(script.revision_map, script.get_revision(step.revision.revision))
            watch.ends(step)  # Alembic asks for the next one

    return steps_of


def _run(context: MigrationContext) -> None:
    try:
        with Operations.context(context):
            context.run_migrations()
    except CommandError as error:
        raise MigrationError(f"the migrations do not fit together: {error}") from error


def _dialect(name: DialectName) -> sa.Dialect:
    """One that writes values into the text and doubles no percent sign."""
    if name == "sqlite":
        return SQLiteDialect(paramstyle="named")
    return PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]
