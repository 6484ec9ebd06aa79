"""Plans a domain's next revision: the initial one, or the step from the last build's schema to the spec's.

Append-only: a revision that was written is never planned again. Plans files; `render` makes their text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from spine_gen.diagnostics.diagnostic import Diagnostic
from spine_gen.migrations.chain import FOLDER, Chain, Revision, read_chain
from spine_gen.migrations.changes import (
    ChangeTable,
    DropTable,
    SchemaChange,
    ToldChange,
    destroyed,
    reverse,
    told_changes,
)
from spine_gen.migrations.descriptions import Describe
from spine_gen.migrations.diff import diff_tables
from spine_gen.migrations.fills import fills_of
from spine_gen.migrations.index_changes import CreateIndex
from spine_gen.migrations.names import Names
from spine_gen.migrations.older_tables import renewals
from spine_gen.migrations.renames import renames_since
from spine_gen.migrations.safety import check_chain, check_changes, check_names
from spine_gen.migrations.step_fills import after_renames
from spine_gen.migrations.table_schema import tables_of
from spine_gen.migrations.views import shown_columns
from spine_gen.permits import NONE, Permits
from spine_gen.plan import naming
from spine_gen.plan.files import FromTemplate, Ownership, PlannedFile
from spine_gen.source.document import Document
from spine_gen.spec.language import Spec

if TYPE_CHECKING:  # it loads SQLAlchemy, and `revision_sql` Alembic: a build without a revision does without
    from spine_gen.migrations.revision_code import Constant, Statement

CORE_BASE = "spine_core_0001"  # the first of the runtime's own, which the views read
PYTHON_TEMPLATE = "revision.py.jinja"
SQL_TEMPLATE = "revision.sql.jinja"
# Not at the end of a word, or in a text: `shop.orders`.
_SQLALCHEMY, _ALEMBIC = re.compile(r"(?<![\w\"'.])sa\."), re.compile(r"(?<![\w\"'.])op\.")


@dataclass(frozen=True, kw_only=True)
class RevisionView:
    """What the revision's template may see."""

    spec_path: str
    summary: str
    revision: str
    down_revision: str | None
    branch_labels: tuple[str, ...] | None  # of the first: the domain has a branch of its own
    depends_on: str | None
    destroys: tuple[str, ...]  # what a database cannot tell any more once the revision ran
    runtime_types: tuple[str, ...]  # names from spine.core.types
    runtime_calls: tuple[tuple[str, tuple[str, ...]], ...]  # modules of spine.migrations with names from each
    uses_sqlalchemy: bool
    uses_alembic: bool
    constants: "tuple[Constant, ...]"
    upgrade: "tuple[Statement, ...]"
    downgrade: "tuple[Statement, ...]"


@dataclass(frozen=True, kw_only=True)
class SqlView:
    """What the template of a revision's SQL may see."""

    spec_path: str
    sql: str


@dataclass(frozen=True, kw_only=True)
class MigrationPlan:
    """The changes of the next revision and its files; nothing at all where the schema is as it was.

    Indexes that are built concurrently take a second one, since the first runs in a transaction.
    """

    changes: tuple[SchemaChange, ...]
    files: tuple[PlannedFile, ...]
    diagnostics: tuple[Diagnostic, ...]  # one that is an error: write nothing
    steps: tuple[str, ...] = ()  # the files of revisions that people write


def plan_migrations(
    spec: Spec,
    *,
    spec_path: str,
    document: Document,
    previous: Names | None,
    files: Mapping[str, str],
    recorded: Mapping[str, str],
    folder: str,
    permits: Permits = NONE,
) -> MigrationPlan:
    """The next revision of the spec's domain, if its schema needs one.

    `spec_path` is what the files call the spec; `document` gives findings their places; `previous` are the
    names and tables that the last build left in the lock, None where there was no build. `files` are the
    texts that are there below ``migrations/`` now, and `recorded` the lock's sha256 of each, both by path in
    the package; `folder` is the package's own path, for messages. `permits` says what the changes may
    do to rows.
    """
    chain = read_chain(files, recorded)
    changes = _changes(spec, previous, files)
    filled = after_renames(chain.filled(files), changes)
    return MigrationPlan(
        changes=changes,
        files=tuple(_revisions(spec, spec_path, changes, chain)),
        diagnostics=(
            *check_chain(chain.breaks, folder),
            *check_changes(changes, spec, document, permits, filled=filled),
            *check_names(previous, spec, document),
        ),
        steps=chain.steps,
    )


def _changes(spec: Spec, previous: Names | None, files: Mapping[str, str]) -> tuple[SchemaChange, ...]:
    """Tables of an earlier form are renewed, then what was renamed follows; the rest is the difference."""
    if previous is None:
        return diff_tables((), tables_of(spec))
    shown = shown_columns(files)
    renames = renames_since(previous, spec, shown)
    rest = diff_tables(renames.tables, tables_of(spec), renames.shown, fills_of(spec))
    dropped = {change.table.name for change in rest if isinstance(change, DropTable)}
    stay = (table for table in previous.tables if table.name not in dropped)
    return (*renewals(stay, files, shown), *renames.changes, *renames.partitions, *rest)


def _revisions(
    spec: Spec, spec_path: str, changes: tuple[SchemaChange, ...], chain: Chain
) -> Iterator[PlannedFile]:
    """The files of the revision for what one transaction can do, and of the one for what none can."""
    apart = tuple(change for change in changes if isinstance(change, CreateIndex) and change.concurrently)
    within = tuple(change for change in changes if change not in apart)
    for group in (within, apart):
        if group:
            yield from _files(spec, spec_path, group, chain)
            chain = _gone_on(chain, naming.revision(spec.domain, chain.next_number))


def _gone_on(chain: Chain, revision: str) -> Chain:
    planned = Revision(path="", revision=revision, down_revision=chain.head)
    return replace(chain, revisions=(*chain.revisions, planned))


def _files(
    spec: Spec, spec_path: str, changes: tuple[SchemaChange, ...], chain: Chain
) -> tuple[PlannedFile, ...]:
    from spine_gen.migrations.revision_sql import sql_for

    stem = f"{FOLDER}{chain.next_number:04d}_{_slug(changes, chain)}"
    view = _view(spec, spec_path, changes, chain)
    return (
        PlannedFile(
            path=f"{stem}.py",
            ownership=Ownership.HISTORY,
            content=FromTemplate(template=PYTHON_TEMPLATE, view=view),
        ),
        PlannedFile(
            path=f"{stem}.sql",
            ownership=Ownership.HISTORY,
            content=FromTemplate(
                template=SQL_TEMPLATE,
                view=SqlView(spec_path=spec_path, sql=sql_for(changes)),
            ),
        ),
    )


def _view(spec: Spec, spec_path: str, changes: tuple[SchemaChange, ...], chain: Chain) -> RevisionView:
    from spine_gen.migrations.revision_code import calls_in, constants, statements, types_in

    back = reverse(changes)
    first = chain.head is None
    upgrade, downgrade = statements(changes), statements(back)
    code = [statement.code for statement in (*upgrade, *downgrade)]
    return RevisionView(
        spec_path=spec_path,
        summary=_summary(spec, changes, chain),
        revision=naming.revision(spec.domain, chain.next_number),
        down_revision=chain.head,
        branch_labels=(naming.package(spec.domain),) if first else None,
        depends_on=CORE_BASE if first else None,
        destroys=destroyed(changes),
        runtime_types=types_in((*changes, *back)),
        runtime_calls=calls_in((*upgrade, *downgrade)),
        uses_sqlalchemy=any(_SQLALCHEMY.search(each) for each in code),
        uses_alembic=any(_ALEMBIC.search(each) for each in code),
        constants=constants(changes),
        upgrade=upgrade,
        downgrade=downgrade,
    )


def _slug(changes: tuple[SchemaChange, ...], chain: Chain) -> str:
    """What the revision does, as part of a file name."""
    if chain.head is None:
        return "initial"
    changed = _named_after(changes)
    slug = changed[0].slug if len(changed) == 1 else f"{changed[0].slug}_and_{len(changed) - 1}_more"
    return naming.slug(slug)


def _named_after(changes: tuple[SchemaChange, ...]) -> tuple[ToldChange, ...]:
    """The changes without those that only lead to the next, a column that is added, to be filled; and without
    descriptions beside others.
    """
    told = told_changes(changes)
    leading = [
        isinstance(change, ChangeTable)
        and isinstance(after, ChangeTable)
        and after.subject == change.subject
        and after.filled != ()
        for change, after in pairwise(told)
    ]
    named = [change for change, leads in zip(told, (*leading, False), strict=True) if not leads]
    return tuple(change for change in named if not isinstance(change, Describe)) or tuple(named)


def _summary(spec: Spec, changes: tuple[SchemaChange, ...], chain: Chain) -> str:
    if chain.head is None:
        return f"Create the tables of {spec.domain} and the views that readers query."
    changed = _named_after(changes)
    if len(changed) == 1:
        return changed[0].reason
    return f"Make {len(changed)} changes to {spec.domain}."
