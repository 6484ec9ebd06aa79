"""The house's arrows: which package may import which, that none goes in a circle, and who uses a library."""

import ast
import graphlib
from collections.abc import Container, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Each phase may import the phases to its left, its own modules, and `errors`.
SPINE = (
    "errors",
    "remotes",
    "settings",
    "core",
    "migrations",
    "data",
    "pipelines",
    "orchestration",
    "looking",
    "testing",
    "examples",
    "cli",
    "pytest_plugin",
)
SPINE_GEN = (
    ("errors", "permits"),
    "workers",
    "source",
    "formatting",
    "diagnostics",
    "spec",
    "plan",
    "calendars",
    ("migrations", "render", "logic"),
    "breaking",
    "reviewing",
    "output",
    ("packages", "spec_findings"),
    "validation",
    "generate",
    "remembering",
    "cli",
)

# A library that is wrapped is imported by the modules named here and by no other.
WRAPPED = {
    "ruamel": {"spine_gen/formatting/round_trip.py", "spine_gen/source/careful_events.py"},
    "yaml": {"spine_gen/source/quick_events.py"},
    "jsonschema": {"spine_gen/spec/shape.py"},
    "jsonschema_rs": {"spine_gen/spec/fit.py"},
    "jinja2": {"spine_gen/render/environment.py"},
}
# Others stay within the packages named here.
KEPT_WITHIN = {
    "alembic": ("spine/migrations", "spine_gen/migrations"),
    "duckdb": ("spine/data",),
    "exchange_calendars": ("spine_gen/calendars",),
    "holidays": ("spine_gen/calendars",),
    "fsspec": ("spine/data/remote/file_systems.py",),
    "psycopg": ("spine/data", "spine/core/database/postgresql.py"),
    "rich": ("spine/cli", "spine_gen/cli"),
    "sqlglot": ("spine_gen/spec/sql",),
    "typer": ("spine/cli", "spine_gen/cli"),
}
# Imports by a name that is no part of the source, which the arrows cannot see.
IMPORT_BY_NAME = {
    "spine/__init__.py",  # its exports, on first use
    "spine/cli/packages.py",  # generated packages
    "spine_gen/diagnostics/codes.py",  # the codes of rules, and the docstrings of what finds the others
    "spine_gen/spec/rules/__init__.py",  # the rules, which stand in its folder
}
# What the generator may know of the runtime: partition types, column types, what its revisions call, and the
# shared settings.
GENERATOR_MAY_IMPORT = (
    "spine.core.",
    "spine.errors.",
    "spine.migrations.descriptions",
    "spine.migrations.indexes",
    "spine.migrations.renaming",
    "spine.migrations.stage_tables",
    "spine.settings.",
)
GENERATED_MAY_IMPORT = {"spine", "sqlalchemy", "alembic"}


def modules(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"no modules in {folder}"
    return found


def imported_names(path: Path) -> Iterator[tuple[int, str]]:
    """The line and full name of everything a module imports, as far as the source tells."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            prefix = ".".join([*base, *(node.module.split(".") if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{prefix}.{alias.name}"


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def nearest(name: str, known: Container[str]) -> str | None:
    """The module that a full name belongs to: itself, or the one that defines it."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name or None


def ranks(order: tuple[str | tuple[str, ...], ...]) -> dict[str, int]:
    return {
        name: rank
        for rank, names in enumerate(order)
        for name in ([names] if isinstance(names, str) else names)
    }


def phase_of(dotted: str, root: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == root and len(parts) > 1 else None


@pytest.mark.parametrize(("root", "order"), [("spine", SPINE), ("spine_gen", SPINE_GEN)])
def test_every_import_follows_the_arrows(root: str, order: tuple[str | tuple[str, ...], ...]) -> None:
    rank = ranks(order)
    wrong = []
    for path in modules(root):
        parts = path.relative_to(ROOT).with_suffix("").parts
        here = parts[1]
        if here == "__init__":
            continue  # the package's front door re-exports from everywhere
        assert here in rank, f"{path.relative_to(ROOT)} is in no known place: add it to the arrows"
        for line, name in imported_names(path):
            there = phase_of(name, root)
            if there is None or there not in rank or there == here:
                continue
            if rank[there] >= rank[here]:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert wrong == []


def test_nothing_enters_by_the_front_door_from_within() -> None:
    """What `spine` exports is imported from its own module, so that the arrows see where it comes from."""
    inner = {path.stem for path in (ROOT / "spine").iterdir()}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for root in ("spine", "spine_gen")
        for path in modules(root)
        for line, name in imported_names(path)
        if name == "spine" or (name.startswith("spine.") and name.split(".")[1] not in inner)
    ]
    assert wrong == []


def test_what_is_imported_by_name_is_known() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for root in ("spine", "spine_gen")
        for path in modules(root)
        if "import_module" in path.read_text(encoding="utf-8")
    }
    assert users == IMPORT_BY_NAME


@pytest.mark.parametrize("root", ["spine", "spine_gen"])
def test_no_imports_go_in_a_circle(root: str) -> None:
    """Within packages too, and those for type hints included."""
    known = {module_name(path): path for path in modules(root)}
    graph = {}
    for importer, path in known.items():
        graph[importer] = {nearest(name, known) for _, name in imported_names(path)} - {None, importer, root}
    graph[root] = set()  # the package's front door re-exports from everywhere
    graphlib.TopologicalSorter(graph).prepare()  # CycleError names the circle


def test_the_generator_knows_little_of_the_runtime() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules("spine_gen")
        for line, name in imported_names(path)
        if name.split(".")[0] == "spine" and not name.startswith(GENERATOR_MAY_IMPORT)
    ]
    assert wrong == []


def test_the_runtime_never_imports_the_generator() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules("spine")
        for line, name in imported_names(path)
        if name.split(".")[0] == "spine_gen"
    ]
    assert wrong == []


def test_generated_code_imports_the_runtime_its_libraries_and_the_standard_library_only() -> None:
    import sys  # noqa: PLC0415

    wrong = []
    packages = {lock.parent.name for lock in (ROOT / "generated").glob("*/spine.lock.json")}
    for path in modules("generated"):
        package = path.relative_to(ROOT).parts[1]
        for line, name in imported_names(path):
            top = name.split(".")[0]
            own = name.startswith(f"generated.{package}") or top in packages  # or another domain's
            if not own and top not in GENERATED_MAY_IMPORT and top not in sys.stdlib_module_names:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert wrong == []


@pytest.mark.parametrize("library", sorted(WRAPPED))
def test_a_wrapped_library_is_imported_in_its_one_place(library: str) -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for root in ("spine", "spine_gen")
        for path in modules(root)
        for _, name in imported_names(path)
        if name.split(".")[0] == library
    }
    assert users == WRAPPED[library]


@pytest.mark.parametrize("library", sorted(KEPT_WITHIN))
def test_a_library_is_kept_within_its_packages(library: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for root in ("spine", "spine_gen")
        for path in modules(root)
        for line, name in imported_names(path)
        if name.split(".")[0] == library
        and not path.relative_to(ROOT).as_posix().startswith(KEPT_WITHIN[library])
    ]
    assert wrong == []
