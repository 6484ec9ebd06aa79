"""Plans a domain's next revision: the initial one, or the step from the last build's schema to the spec's.

Append-only: a revision that was written is never planned again. Plans files; `render` makes their text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spine_gen.diagnostics.diagnostic import Diagnostic
from spine_gen.migrations.chain import FOLDER, Chain, read_chain
from spine_gen.migrations.changes import Change, destroyed, reverse, table_changes
from spine_gen.migrations.diff import diff_specs
from spine_gen.migrations.safety import check_chain, check_changes
from spine_gen.plan import naming
from spine_gen.plan.files import FromTemplate, Ownership, PlannedFile
from spine_gen.source.document import Document
from spine_gen.spec.model import Spec

if (
    TYPE_CHECKING
):  # what writes a revision loads Alembic and SQLAlchemy, which a build without one does without
    from spine_gen.migrations.operations import Dialect
    from spine_gen.migrations.source import Statement

CORE_REVISION = "spine_core_0001"  # the runtime's own tables, which the views read
DIALECTS: "tuple[Dialect, ...]" = ("sqlite", "postgresql")
PYTHON_TEMPLATE = "revision.py.jinja"
SQL_TEMPLATE = "revision.sql.jinja"
SLUG_LENGTH = 60


@dataclass(frozen=True, kw_only=True)
class RevisionView:
    """What the revision's template may see."""

    spec_path: str
    summary: str
    revision: str
    down_revision: str | None
    branch_labels: tuple[str, ...] | None
    depends_on: str | None
    destroys: tuple[str, ...]  # what a database cannot tell any more once the revision ran
    runtime_types: tuple[str, ...]  # names from spine.core.types
    uses_sqlalchemy: bool
    upgrade: "tuple[Statement, ...]"
    downgrade: "tuple[Statement, ...]"


@dataclass(frozen=True, kw_only=True)
class SqlView:
    """What the template of a revision's SQL may see."""

    spec_path: str
    revision: str
    dialect: "Dialect"
    sql: str


@dataclass(frozen=True, kw_only=True)
class MigrationPlan:
    """The changes of the next revision and its files; nothing at all where the schema is as it was."""

    changes: tuple[Change, ...]
    files: tuple[PlannedFile, ...]
    diagnostics: tuple[Diagnostic, ...]  # one that is an error: write nothing


def plan_migrations(
    spec: Spec,
    *,
    spec_path: str,
    document: Document,
    previous: Spec | None,
    files: Mapping[str, str],
    recorded: Mapping[str, str],
    folder: str,
    force: bool = False,
) -> MigrationPlan:
    """The next revision of the spec's domain, if its schema needs one.

    `spec_path` is what the files call the spec; `document` gives findings their places; `previous` is what
    the last build left in the lock. `files` are the texts that are there below ``migrations/`` now, and
    `recorded` the lock's sha256 of each, both by path in the package; `folder` is the package's own path, for
    messages. `force` says that no database holds rows that a change could break.
    """
    chain = read_chain(files, recorded)
    changes = diff_specs(previous, spec)
    return MigrationPlan(
        changes=changes,
        files=_files(spec, spec_path, changes, chain) if changes else (),
        diagnostics=(*check_chain(chain.breaks, folder), *check_changes(changes, document, force=force)),
    )


def _files(spec: Spec, spec_path: str, changes: tuple[Change, ...], chain: Chain) -> tuple[PlannedFile, ...]:
    stem = f"{FOLDER}{chain.next_number:04d}_{_slug(changes, chain)}"
    view = _view(spec, spec_path, changes, chain)
    return (
        PlannedFile(
            path=f"{stem}.py",
            ownership=Ownership.HISTORY,
            content=FromTemplate(template=PYTHON_TEMPLATE, view=view),
        ),
        *(
            PlannedFile(
                path=f"{stem}.{dialect}.sql",
                ownership=Ownership.HISTORY,
                content=FromTemplate(template=SQL_TEMPLATE, view=_sql_view(view, changes, dialect)),
            )
            for dialect in DIALECTS
        ),
    )


def _view(spec: Spec, spec_path: str, changes: tuple[Change, ...], chain: Chain) -> RevisionView:
    from spine_gen.migrations.source import imports_for, statements

    back = reverse(changes)
    first = chain.head is None
    upgrade, downgrade = statements(changes), statements(back)
    return RevisionView(
        spec_path=spec_path,
        summary=_summary(spec, changes, chain),
        revision=naming.revision(spec.domain, chain.next_number),
        down_revision=chain.head,
        branch_labels=(naming.branch_label(spec.domain),) if first else None,
        depends_on=CORE_REVISION if first else None,
        destroys=destroyed(changes),
        runtime_types=imports_for((*changes, *back)),
        uses_sqlalchemy=any("sa." in statement.code for statement in (*upgrade, *downgrade)),
        upgrade=upgrade,
        downgrade=downgrade,
    )


def _slug(changes: tuple[Change, ...], chain: Chain) -> str:
    """What the revision does, as part of a file name."""
    if chain.head is None:
        return "initial"
    changed = table_changes(changes)
    slug = changed[0].slug if len(changed) == 1 else f"{changed[0].slug}_and_{len(changed) - 1}_more"
    return re.sub(r"[^a-z0-9]+", "_", slug.lower())[:SLUG_LENGTH].strip("_")


def _summary(spec: Spec, changes: tuple[Change, ...], chain: Chain) -> str:
    if chain.head is None:
        return f"Create the tables of {spec.domain} and the views that readers query."
    changed = table_changes(changes)
    if len(changed) == 1:
        return changed[0].reason
    return f"Change {len(changed)} tables of {spec.domain}."


def _sql_view(view: RevisionView, changes: tuple[Change, ...], dialect: "Dialect") -> SqlView:
    from spine_gen.migrations.operations import sql_for

    return SqlView(
        spec_path=view.spec_path,
        revision=view.revision,
        dialect=dialect,
        sql=sql_for(changes, dialect),
    )
