"""A project that is walked through changes of its spec as its people do it: build, mend, migrate, run."""

import random
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from spine.core.tables import metadata as core
from spine.errors import MigrationError
from spine.migrations import upgrade
from spine_gen.cli.commands import app
from tests.databases import run_script
from tests.integration.cli.project import Ran, make_project
from tests.migration.chains import without_rowid
from tests.migration.walked_spec import WalkedSpec, WalkedStage, files, partition_keys, quoted

_MEANT = re.compile(r"\{code: (SG\d+), of: (\S+), reason")
STEP = '''\
"""Mine: é."""

from alembic import op

{revision}
{comes_after}
fills = ["{fills}"]


def upgrade() -> None:
    op.execute({sql!r})


def downgrade() -> None:
    """Nothing is to be undone."""
'''
Values = Mapping[tuple[Any, ...], Mapping[str, str | None]]  # of a row by its capture and its k


class WalkedProject:
    """A folder, its database, and the texts in it that are people's."""

    def __init__(self, folder: Path, url: str, spec: WalkedSpec) -> None:
        self.folder, self.url, self.spec = folder, url, spec
        self.project = make_project(folder, generated=folder / "generated", data_root=folder)
        self.generated = folder / "generated"
        self.people: dict[str, bytes] = {}  # by path below the package
        self.schemas: dict[str, Any] = {}  # as it was after each revision
        (folder / "specs").mkdir()
        (folder / "data").mkdir()
        for name, text in files(len(spec.dimensions)).items():
            (folder / "data" / name).write_text(text, encoding="utf-8")

    # What people do

    def build(self, after: WalkedSpec, chance: random.Random) -> None:
        """Build what the spec became; destroy only where that is meant, and only once it was refused."""
        options: list[str] = []
        if after.destroys or after.loses_key:
            before = self._files()
            refused = self._build(after)
            assert (refused.exit_code, "nothing was written" in refused.stderr) == (1, True), refused.stderr
            assert self._files() == before
            if after.destroys and chance.random() < 0.5:
                after.acknowledged = [*dict.fromkeys(_MEANT.findall(refused.stderr))]
            elif after.destroys:
                options.append("--allow-destructive")
            if after.loses_key:
                options.append("--assume-empty")
        done = self._build(after, *options)
        assert "nothing was written" not in done.stderr, done.stderr
        self.spec = after
        assert [each.name for each in self.generated.iterdir()] == [after.package]
        self.check_people()
        self.write_logic(chance)

    def write_logic(self, chance: random.Random) -> None:
        """Adapt the logic to what was generated, or write it; then all is well."""
        for stage in self.spec.stages:
            if stage.kind == "python":
                text = self.spec.logic(stage, f"é {chance.random():.1f}\\u2028")
                self.write(f"logic/{stage.function}.py", text)
        checked = self.spine_gen("check")
        assert checked.exit_code == 0, checked.stderr

    def write(self, path: str, text: str) -> None:
        """A file that is people's; as their editor leaves it."""
        self.people[path] = text.encode()
        (self.package / path).write_bytes(text.encode())

    def step(self, chance: random.Random) -> list[str] | None:
        """Fill by hand what is NULL in a column, and in no file: what was filled, if anything was."""
        fit = [
            (stage, column)
            for stage in self.spec.stages
            for column in stage.columns
            if column.nullable and column.of in ("whole", "day", "flag")
        ]
        if not fit:
            return None
        stage, column = chance.choice(fit)
        done = self.spine_gen("step", "specs/walk.yaml", f"fill {column.name} of {stage.table.name}")
        assert done.exit_code == 0, done.stderr
        (path,) = re.findall(r"create  \S*?/(migrations/\S+)", done.stdout)
        begun = (self.package / path).read_text(encoding="utf-8").splitlines()
        revision, comes_after = (line for line in begun if re.match("(down_)?revision = ", line))
        value = {"boolean": "TRUE", "date": "'2024-01-31'", "string": "'1'"}.get(column.type, "1")
        table, name = quoted(stage.table.name), quoted(column.name)
        text = STEP.format(
            revision=revision,
            comes_after=comes_after,
            fills=f"{stage.table.name}.{column.name}",
            sql=f"UPDATE {table} SET {name} = {value} WHERE {name} IS NULL",  # noqa: S608
        )
        self.write(path, text)
        column.filled = True
        return [stage.table.name, column.name]

    def migrate(self) -> None:
        upgrade(self.url, self.generated)

    def migrate_around(self, chance: random.Random, before: WalkedSpec) -> None:
        """Migrate with something of a person's there: it is there afterwards, or the migration is refused."""
        stage = chance.choice(before.stages)
        now = next(
            (one for one in self.spec.stages if one.table.survives and one.table.built == stage.table.name),
            None,
        )
        described = any(one.table.said for one in (stage, now) if one)
        theirs = Theirs.any(chance, self.url, stage, described=described)
        schema, rows = self.schema(), self.rows(before)
        theirs.make(self.url)
        try:
            self.migrate()
        except MigrationError as error:
            assert "theirs" in str(error), error
            theirs.drop(self.url)
            assert (self.schema(), self.rows(before)) == (schema, rows)
            self.migrate()
        else:
            if now is not None:
                theirs.check(self.url, now)
            theirs.drop(self.url, now)

    def run(self) -> None:
        """Make what is missing, and then what is stale: all is as the spec and the files say."""
        for key in partition_keys(self.spec):
            self._spine("run", f"{self.spec.domain.name}/{self.spec.workflow.name}", "--partition", key)
        self._spine("refresh")
        left = self._spine("refresh", "--dry-run", "--format", "json").json
        assert left == {"tasks": [], "unmade": []}

    # What is there

    @property
    def package(self) -> Path:
        return self.generated / self.spec.package

    def check_people(self) -> None:
        there = {path: (self.package / path).read_bytes() for path in self.people}
        assert there == self.people

    def schema(self) -> dict[str, Any]:
        """Every table and view of stages, without the order of columns."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        inspector = sa.inspect(engine)
        found: dict[str, Any] = {}
        for name in inspector.get_table_names():
            if name not in core.tables and name != "alembic_version":
                key = inspector.get_pk_constraint(name)
                found[name] = {
                    "columns": {
                        each["name"]: (
                            str(each["type"]),
                            each["nullable"],
                            each["default"],
                            each.get("comment"),
                        )
                        for each in inspector.get_columns(name)
                    },
                    "key": (
                        key["constrained_columns"],
                        None if engine.dialect.name == "sqlite" else key["name"],
                    ),
                    "indexes": sorted(
                        (each["name"], each["column_names"]) for each in inspector.get_indexes(name)
                    ),
                    "comment": inspector.get_table_comment(name)
                    if engine.dialect.supports_comments
                    else None,
                    "without_rowid": without_rowid(engine, name),
                }
        for name in inspector.get_view_names():
            found[name] = (
                sorted((each["name"], each.get("comment")) for each in inspector.get_columns(name)),
                inspector.get_table_comment(name) if engine.dialect.supports_comments else None,
            )
        return found

    def rows(self, spec: WalkedSpec) -> dict[str, Values]:
        """All rows of the stages' tables, of superseded captures too, by what their columns are of."""
        return {stage.table.name: self._rows(stage) for stage in spec.stages}

    def _rows(self, stage: WalkedStage) -> Values:
        names = ", ".join(quoted(column.name) for column in stage.columns)
        query = f"SELECT capture_id, partition_key, {names} FROM {quoted(stage.table.name)}"  # noqa: S608
        found = {}
        for capture, partition, *values in self.query(query):
            row = {column.of: plain(value) for column, value in zip(stage.columns, values, strict=True)}
            found[capture, row["k"]] = row | {"partition_key": partition}
        return found

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with sa.create_engine(self.url, poolclass=sa.NullPool).connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql.replace("%", "%%"))]

    def current(self) -> dict[str, Any]:
        """What readers see: rows by stage, what is recorded of captures, and what was odd."""
        current = "FROM core_manifest AS m {} WHERE m.status = 'COMPLETE' AND m.superseded_at IS NULL"
        found: dict[str, Any] = {
            "captures": "SELECT domain, partition_key, stage, tier, row_count " + current.format(""),
            "anomalies": "SELECT m.partition_key, m.stage, a.anomaly_code, a.severity "
            + current.format("JOIN core_anomalies AS a ON a.capture_id = m.capture_id"),
        }
        for stage in self.spec.stages:
            names = ", ".join(
                quoted(column.name) for column in sorted(stage.columns, key=lambda each: each.of)
            )
            found[stage.name] = f"SELECT partition_key, {names} FROM {quoted(stage.table.name + '_current')}"  # noqa: S608
        return {
            name: sorted((tuple(map(plain, row)) for row in self.query(query)), key=repr)
            for name, query in found.items()
        }

    def revisions(self) -> list[str]:
        """Of the package, in their order, as the database has run them."""
        query = "SELECT revision FROM core_revisions ORDER BY position"
        return [name for (name,) in self.query(query) if not name.startswith("spine_core_")]

    def _files(self) -> dict[str, bytes]:
        return {
            file.relative_to(self.generated).as_posix(): file.read_bytes()
            for file in self.generated.rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        }

    def _build(self, spec: WalkedSpec, *options: str) -> Result:
        (self.folder / "specs/walk.yaml").write_text(spec.text(), encoding="utf-8")
        return self.spine_gen("build", *options)

    def spine_gen(self, *arguments: str) -> Result:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            return CliRunner().invoke(app, arguments)

    def _spine(self, *arguments: str) -> Ran:
        ran = self.project.spine(*arguments, "--database-url", self.url)
        assert ran.status == 0, ran
        return ran


class Theirs:
    """Something that a person made in the database: an index, a view over a view, a grant with a comment.

    There is no grant on the view of a table that the spec describes, which takes the comment's place.
    """

    def __init__(self, kind: str, made: str, dropped: str) -> None:
        self.kind, self.made, self.dropped = kind, made, dropped

    @classmethod
    def any(cls, chance: random.Random, url: str, stage: WalkedStage, *, described: bool) -> "Theirs":
        columns = stage.columns if url.startswith("sqlite") else [stage.column("k") or stage.columns[0]]
        column = quoted(chance.choice(columns).name)  # PostgreSQL drops an index with a column of it
        table, view = quoted(stage.table.name), quoted(f"{stage.table.name}_current")
        of = {
            "index": (f"CREATE INDEX theirs ON {table} ({column})", "DROP INDEX IF EXISTS theirs"),
            "view": (f"CREATE VIEW theirs AS SELECT {column} FROM {view}", "DROP VIEW IF EXISTS theirs"),  # noqa: S608
        }
        if url.startswith("postgresql") and not described:
            of["grant"] = (
                f"GRANT SELECT ON {view} TO PUBLIC; COMMENT ON VIEW {view} IS 'theirs'",
                "REVOKE SELECT ON {view} FROM PUBLIC; COMMENT ON VIEW {view} IS NULL",
            )
        kind = chance.choice(sorted(of))
        return cls(kind, *of[kind])

    def make(self, url: str) -> None:
        run_script(url, self.made)

    def drop(self, url: str, stage: WalkedStage | None = None) -> None:
        if self.kind != "grant":
            run_script(url, self.dropped)
        elif stage is not None:
            run_script(url, self.dropped.format(view=quoted(f"{stage.table.name}_current")))

    def check(self, url: str, stage: WalkedStage) -> None:
        """It is there and works, on the table or view that may be called otherwise."""
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        inspector = sa.inspect(engine)
        with engine.connect() as connection:
            if self.kind == "index":
                assert "theirs" in [each["name"] for each in inspector.get_indexes(stage.table.name)]
            elif self.kind == "view":
                connection.execute(sa.text("SELECT * FROM theirs"))
            else:
                view = f"{stage.table.name}_current"
                asked = sa.text(
                    "SELECT has_table_privilege('public', :view, 'SELECT'), "
                    "obj_description(CAST(:view AS regclass))"
                )
                assert tuple(connection.execute(asked, {"view": quoted(view)}).one()) == (True, "theirs")


def plain(value: Any) -> str | None:
    """A value as a text that is the same for each type that holds it."""
    if value is None or (isinstance(value, str) and not value):
        return value
    try:
        return format(Decimal(str(value)).normalize(), "f")
    except InvalidOperation:
        return str(value)
