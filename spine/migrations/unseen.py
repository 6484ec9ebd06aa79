"""What `spine migrate` looks at on the database and a script does not: said at the script's head."""

from collections.abc import Iterator, Mapping

from spine.core.database.backend import DialectName

from .effects import calls_on
from .plan import MigrationPlan, Step

_READ = "views of people's that read {table}_current: PostgreSQL drops it under none of them"
_NAMED = "views and triggers of people's that name {table}_current: they look for it in vain"
_ADDED = "columns, indexes and triggers that people added to {table}: they are gone afterwards"
_ON_BOTH: Mapping[str, str] = {  # what a revision calls → what there may be
    "fill_column": "rows of {table} for which the default of {first} is NULL: they end the script",
    "forget_rows": "captures that have rows in {table}: these are destroyed",
    "forget_values": "captures that have rows in {table}: values of {columns} are destroyed",
    "retire_captures": "captures that have rows in {table}: readers are not shown them any more",
}
_LOOKED_AT: Mapping[DialectName, Mapping[str, str]] = {
    "postgresql": {
        **_ON_BOTH,
        **dict.fromkeys(("drop_view", "drop_columns", "bring_back_columns", "renew_table"), _READ),
    },
    "sqlite": {
        **_ON_BOTH,
        "rename_table": _NAMED,
        "rename_columns": _NAMED,
        "change_table": _ADDED,
        "renew_table": _ADDED,
    },
}


def unseen(plan: MigrationPlan, dialect: DialectName) -> str:
    """Comments that name what to look for before the script is run."""
    lines = ["`spine migrate` looks at the database before it changes it, and this does not. Look for"]
    lines += (f"- {line}" for line in _of_all(plan))
    for step in plan.steps:
        lines += (f"- {step.revision.revision}: {line}" for line in dict.fromkeys(_of_step(step, dialect)))
    return "\n".join(f"-- {line}" for line in lines)


def _of_all(plan: MigrationPlan) -> Iterator[str]:
    if not plan.applied.heads:
        yield "what is in the database: this is for an empty one"
        return
    yield f"other revisions than {', '.join(sorted(plan.applied.heads))} in its table alembic_version"
    yield "what differs from what its revisions made, or made otherwise: `spine migrate --drift` names it"


def _of_step(step: Step, dialect: DialectName) -> Iterator[str]:
    texts = _LOOKED_AT[dialect]
    for name, (table, *columns) in calls_on(dialect, step.revision, *texts, undoing=step.undoing):
        yield texts[name].format(table=table, first=next(iter(columns), None), columns=", ".join(columns))
