"""What generated revisions do when something has another name: tables, and all that is recorded, follow.

As in ``stage_tables``: what a function here runs for given arguments stays as it is. Names of the spec
language are letters, digits, underscores and dots.
"""

from collections.abc import Mapping, Sequence

from alembic import op

from spine.migrations.stage_tables import create_view, drop_view, look, on_database, quoted, view_name
from spine.migrations.touched import Touch

_INPUTS = ("core_absent_inputs", "core_awaited_inputs")


def rename_table(before: str, after: str, shown: str) -> None:
    """Rename a table and its view, which shows the columns `shown`; PostgreSQL's view keeps its grants."""
    sqlite = on_database("sqlite")
    if sqlite:
        look(Touch(what="view renamed", table=before))
        drop_view(before)
    else:  # before the table, as readers lock them: in the other order, each could wait for the other
        op.execute(f"ALTER VIEW {view_name(before)} RENAME TO {view_name(after)}")
    op.execute(f"ALTER TABLE {quoted(before)} RENAME TO {quoted(after)}")
    if sqlite:  # where the primary key's name is part of the table's text, and used for nothing
        create_view(after, shown)
    else:
        key_before, key_after = quoted(f"pk_{before}"), quoted(f"pk_{after}")
        op.execute(f"ALTER TABLE {quoted(after)} RENAME CONSTRAINT {key_before} TO {key_after}")


def rename_columns(table: str, shown: str, names: Mapping[str, str]) -> None:
    """Rename columns of a table and of its view, which then shows `shown`."""
    sqlite = on_database("sqlite")
    if sqlite:
        look(Touch(what="view renamed", table=table))
        drop_view(table)
    for before, after in names.items():
        rename = f"RENAME COLUMN {quoted(before)} TO {quoted(after)}"
        if not sqlite:  # first, as in `rename_table`
            op.execute(f"ALTER VIEW {view_name(table)} {rename}")
        op.execute(f"ALTER TABLE {quoted(table)} {rename}")
        listed = "', ' || destroyed || ', '"
        others = f"REPLACE({listed}, ', {after}, ', ', ')"  # an earlier column may have been called so
        op.execute(  # what was destroyed of a column is told by its name: by both, as either may be declared
            "UPDATE core_manifest\n"  # noqa: S608
            f"SET destroyed = TRIM({others} || '{after}', ', ')\n"
            f"WHERE REPLACE({listed}, ', {before}, ', '') <> {listed} AND EXISTS (\n"
            f"    SELECT 1 FROM {quoted(table)} AS t WHERE t.capture_id = core_manifest.capture_id)"
        )
    if sqlite:
        create_view(table, shown)


def rename_domain(before: str, after: str) -> None:
    """Everything recorded of a domain is the renamed one's, its workflows' runs too."""
    _make_way(f"domain = '{before}'", f"domain = '{after}'", ("stage", "tier"))
    for table in ("core_manifest", "core_acceptances", *_INPUTS, "core_run_reads", "core_runs"):
        op.execute(f"UPDATE {table}\nSET domain = '{after}'\nWHERE domain = '{before}'")
    op.execute(
        "UPDATE core_runs\n"
        f"SET workflow = '{after}/' || SUBSTR(workflow, {len(before) + 2})\n"
        f"WHERE SUBSTR(workflow, 1, {len(before) + 1}) = '{before}/'"
    )


def rename_tier(domain: str, before: str, after: str) -> None:
    """Everything recorded at a tier of the domain is at the renamed one."""
    here, there = (f"domain = '{domain}' AND tier = '{tier}'" for tier in (before, after))
    _make_way(here, there, ("stage",))
    for table in ("core_manifest", "core_acceptances", *_INPUTS):
        op.execute(f"UPDATE {table}\nSET tier = '{after}'\nWHERE domain = '{domain}' AND tier = '{before}'")


def rename_stage(domain: str, before: tuple[str, str], after: tuple[str, str]) -> None:
    """Everything recorded of a stage, at its tier, is the renamed one's, at its tier; runs name it so.

    Attempts count on from those that were made under the new name before, if any were.
    """
    (stage, tier), (new_stage, new_tier) = before, after
    here = f"domain = '{domain}' AND stage = '{stage}' AND tier = '{tier}'"
    there = f"domain = '{domain}' AND stage = '{new_stage}' AND tier = '{new_tier}'"
    _make_way(here, there)
    renamed = f"SET stage = '{new_stage}', tier = '{new_tier}'"
    op.execute(
        f"UPDATE core_manifest\n{renamed},\n"  # noqa: S608
        f"    attempt = attempt + (\n        SELECT COALESCE(MAX(attempt), 0) FROM core_manifest\n"
        f"        WHERE {there})\n"
        f"WHERE {here}"
    )
    for table in ("core_acceptances", *_INPUTS):
        op.execute(f"UPDATE {table}\n{renamed}\nWHERE {here}")
    if stage == new_stage:
        return
    op.execute(
        f"UPDATE core_run_reads\nSET stage = '{new_stage}'\nWHERE domain = '{domain}' AND stage = '{stage}'"
    )
    op.execute(
        f"UPDATE core_run_steps\nSET name = '{new_stage}'\n"
        f"WHERE kind = 'pipeline' AND name = '{stage}' AND {_run_of(domain)}"
    )
    op.execute(
        f"UPDATE core_runs\nSET only_step = '{new_stage}'\n"
        f"WHERE domain = '{domain}' AND only_step = '{stage}'"
    )


def rename_code(domain: str, before: str, after: str) -> None:
    """The domain's anomalies of a code have the renamed one."""
    op.execute(
        f"UPDATE core_anomalies\nSET anomaly_code = '{after}'\n"  # noqa: S608
        f"WHERE anomaly_code = '{before}' AND capture_id IN (\n"
        f"    SELECT capture_id FROM core_manifest WHERE domain = '{domain}')"
    )


def rename_workflow(domain: str, before: str, after: str) -> None:
    """The runs of a workflow are the renamed one's."""
    op.execute(f"UPDATE core_runs\nSET workflow = '{domain}/{after}'\nWHERE workflow = '{domain}/{before}'")


def rename_dimension(domain: str, before: str, after: str, *tables: str) -> None:
    """Partition keys that name the dimension, in the stages' tables and in what is recorded, are renamed.

    Only keys of several dimensions name them: ``week=2025-W51/market=NYSE``.
    """

    def with_new_name(column: str) -> str:
        return f"{column} = SUBSTR(REPLACE('/' || {column}, '/{before}=', '/{after}='), 2)"

    renamed = f"SET {with_new_name('partition_key')}"
    for table in tables:
        op.execute(f"UPDATE {quoted(table)}\n{renamed}")
    for table in ("core_manifest", "core_absent_inputs", "core_run_reads", "core_runs"):
        op.execute(f"UPDATE {table}\n{renamed}\nWHERE domain = '{domain}'")
    spans = ",\n    ".join(map(with_new_name, ("up_to_key", "after_key", "key_begins", "key_ends")))
    op.execute(f"UPDATE core_awaited_inputs\nSET {spans}\nWHERE domain = '{domain}'")


def _make_way(here: str, there: str, alike: Sequence[str] = ()) -> None:
    """What stands where renamed captures come to is not current any more: the last of a stage that is gone.

    Only one of a partition may be current, and dropping a table says nothing of captures without rows.
    """
    current = "status = 'COMPLETE' AND superseded_at IS NULL"
    same = (f"renamed.{name} = core_manifest.{name}" for name in ("partition_key", *alike))
    renamed = "\n            AND ".join((here, current, *same))
    op.execute(
        "UPDATE core_manifest\nSET superseded_at = CURRENT_TIMESTAMP\n"  # noqa: S608
        f"WHERE {there}\n    AND {current}\n    AND EXISTS (\n"
        f"        SELECT 1 FROM core_manifest AS renamed\n        WHERE {renamed})"
    )


def _run_of(domain: str) -> str:
    return f"run_id IN (\n    SELECT run_id FROM core_runs WHERE domain = '{domain}')"  # noqa: S608
