"""What `spine migrate` looks at on the database and a script does not: said at the script's head."""

from collections.abc import Iterator, Mapping

from spine.core.database.backend import DialectName
from spine.core.revision_calls import calls_in

from .plan import MigrationPlan, Step
from .touched import Happening, touched

_OF_PEOPLE: Mapping[Happening, str] = {
    "view made anew": "views of people's that read {view}: they end the script",
    "view dropped": "views of people's that read {view}: they end the script, or look for it in vain",
    "view renamed": "views and triggers of people's that name {view}: they look for it in vain",
    "column dropped": "what people made over {column} of {table}: it goes with it, or ends the script",
    "column retyped": "views and the like that people made over {column} of {table}: they end the script",
    "key dropped": "foreign keys of people's to {table}: they end the script",
    "table made anew": "views and triggers of people's that name {table}: they end the script",
    "additions lost": "columns, indexes and triggers that people added to {table}: they are gone afterwards",
    "differences lost": "what else differs in {table} from what its revisions made: it is gone afterwards",
    "table dropped": "views of people's that read {table}: they end the script, or look for it in vain",
}
_OF_ROWS: Mapping[str, str] = {  # what a revision calls → what there may be
    "fill_column": "rows of {table} for which the default of {first} is NULL: they end the script",
    "forget_rows": "captures that have rows in {table}: these are destroyed",
    "forget_values": "captures that have rows in {table}: values of {columns} are destroyed",
    "retire_partitions": "captures of {table} of partitions whose keys are not like {columns}: "
    "readers are not shown them any more",
    "retire_captures": "captures that have rows in {table}: readers are not shown them any more",
}


def unseen(plan: MigrationPlan, dialect: DialectName) -> str:
    """Comments that name what to look for before the script is run."""
    lines = ["`spine migrate` looks at the database before it changes it, and this does not. Look for"]
    lines += (f"- {line}" for line in _of_all(plan))
    for touch in touched(plan.steps, dialect):
        text = _OF_PEOPLE[touch.what]
        lines.append(f"- {text.format(table=touch.table, view=touch.view, column=touch.column)}")
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
    for call in calls_in(step.revision.text, undoing=step.undoing):
        if call.name in _OF_ROWS and call.runs_on(dialect):
            first = next(iter(call.others), None)
            yield _OF_ROWS[call.name].format(table=call.table, first=first, columns=", ".join(call.others))
