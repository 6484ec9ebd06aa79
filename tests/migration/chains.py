"""A domain that is built again and again, and its revisions, run one by one on a real database."""

import importlib.util
import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from spine.core.tables import metadata as core
from spine_gen.migrations.names import names_of
from spine_gen.migrations.next_revision import MigrationPlan, plan_migrations
from spine_gen.permits import EVERY, NONE
from spine_gen.render.renderer import render_files
from spine_gen.source.document import Document
from spine_gen.source.yaml_reader import read_document
from spine_gen.spec.language import Column, Dimension, Spec, Stage, StageInput, Table, Tier

_names = itertools.count()


def column(name: str, type: str = "string", **options: Any) -> Column:
    return Column(name=name, type=type, **options)  # type: ignore[arg-type]


def table(name: str, *columns: Column, key: tuple[str, ...] = (), inputs: tuple[str, ...] = ()) -> Stage:
    """A stage with that table; the stage is called as the table, in capitals."""
    return Stage(
        name=name.upper(),
        tier="BRONZE",
        python="work",
        inputs=tuple(StageInput(stage=stage) for stage in inputs),
        table=Table(name=name, key=key, columns=columns),
    )


def domain(*stages: Stage) -> Spec:
    return Spec(
        version=1,
        domain="test.domain",
        description="Made for a test.",
        partitions=(Dimension(name="day", type="date"),),
        tiers=(Tier(name="BRONZE"),),
        stages=stages,
    )


def document_of(spec: Spec) -> Document:
    """A document in which every stage, column and key of the spec has its place."""
    lines = ["stages:"]
    for stage in spec.stages:
        lines += [
            f"  {stage.name}:",
            "    table:",
            f"      key: [{', '.join(stage.table.key)}]",
            "      columns:",
        ]
        lines += [f'        "{column.name}": {{type: {column.type}}}' for column in stage.table.columns]
    document = read_document("\n".join(lines) + "\n", "spec.yaml").document
    assert document is not None
    return document


@dataclass
class Chain:
    """The migrations folder of one package, and the database that runs them."""

    folder: Path
    engine: sa.Engine
    spec: Spec | None = None
    files: dict[str, str] = field(default_factory=dict)
    revisions: list[str] = field(default_factory=list)

    def plan(self, spec: Spec, *, force: bool = False) -> MigrationPlan:
        return plan_migrations(
            spec,
            spec_path="specs/test.yaml",
            document=document_of(spec),
            previous=names_of(self.spec) if self.spec else None,
            files=self.files,
            recorded=self.recorded,
            folder="generated/test_domain",
            permits=EVERY if force else NONE,
        )

    @property
    def recorded(self) -> Mapping[str, str]:
        return {path: sha256(text.encode()).hexdigest() for path, text in self.files.items()}

    def build(self, spec: Spec, *, force: bool = False) -> MigrationPlan:
        """Plan the next revision and write it."""
        plan = self.plan(spec, force=force)
        assert [item for item in plan.diagnostics if item.severity == "error"] == []
        texts = render_files(plan.files)
        self.files |= texts
        self.revisions += [path for path in texts if path.endswith(".py")]
        self.spec = spec
        return plan

    def upgrade(self) -> None:
        """Run the newest revision."""
        with self._operations():
            self._module().upgrade()

    def downgrade(self) -> None:
        """Undo the newest revision."""
        with self._operations():
            self._module().downgrade()

    def migrate(self, *specs: Spec) -> "Chain":
        for spec in specs:
            if self.build(spec, force=True).files:
                self.upgrade()
        return self

    def run(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.begin() as connection:
            result = connection.execute(sa.text(sql), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    def insert(self, table: sa.Table, *rows: dict[str, Any]) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.insert(table), list(rows))

    def complete(self, capture_id: str, partition_key: str = "2025-01-02", **values: Any) -> None:
        """A complete capture in the manifest, to which rows can belong."""
        row = {
            "capture_id": capture_id,
            "domain": "test.domain",
            "partition_key": partition_key,
            "stage": "S",
            "tier": "BRONZE",
            "status": "COMPLETE",
        } | values
        self.insert(core.tables["core_manifest"], row)

    def schema(self) -> dict[str, Any]:
        """What the database holds beside the core tables, column order aside."""
        inspector = sa.inspect(self.engine)
        views = inspector.get_view_names()
        tables = [name for name in inspector.get_table_names() if name not in core.tables]
        return {
            "tables": {
                name: (
                    {
                        item["name"]: (str(item["type"]), item["nullable"])
                        for item in inspector.get_columns(name)
                    },
                    self._key(inspector, name),
                    without_rowid(self.engine, name),
                )
                for name in tables
            },
            "indexes": {
                name: sorted((item["name"], item["column_names"]) for item in inspector.get_indexes(name))
                for name in tables
            },
            "views": {name: sorted(item["name"] for item in inspector.get_columns(name)) for name in views},
        }

    @staticmethod
    def _key(inspector: sa.Inspector, name: str) -> tuple[list[str], str | None]:
        """Its columns and its name, which on SQLite outlives the table's and is used for nothing."""
        key = inspector.get_pk_constraint(name)
        return key["constrained_columns"], None if inspector.dialect.name == "sqlite" else key["name"]

    def fresh(self, spec: Spec) -> "Chain":
        """The same database as if it had never seen another spec."""
        inspector = sa.inspect(self.engine)
        for view in inspector.get_view_names():
            self.run(f'DROP VIEW "{view}"')
        for name in inspector.get_table_names():
            if name not in core.tables:
                self.run(f'DROP TABLE "{name}"')
        return Chain(folder=self.folder, engine=self.engine).migrate(spec)

    @contextmanager
    def _operations(self) -> Iterator[None]:
        with self.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
            yield

    def _module(self) -> ModuleType:
        file = self.folder / f"revision_{next(_names)}.py"
        file.write_text(self.files[self.revisions[-1]], encoding="utf-8")
        return load(file)


def without_rowid(engine: sa.Engine, table: str) -> bool:
    """Whether SQLite keeps the table's rows in its key; SQLAlchemy can tell from 2.1 on only."""
    if engine.dialect.name != "sqlite":
        return False
    query = sa.text("SELECT sql FROM sqlite_master WHERE name = :table")
    with engine.connect() as connection:
        return str(connection.scalar(query, {"table": table})).rstrip().endswith("WITHOUT ROWID")


def load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def names_and_keys(schema: dict[str, Any]) -> Any:
    """A schema without what an undone change cannot give back: that a column is required."""
    tables = {
        name: (set(columns), key, options) for name, (columns, key, options) in schema["tables"].items()
    }
    return tables, schema["views"], schema["indexes"]
