"""What builds remember never hides a change, and deleting or damaging it changes nothing."""

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spine_gen.cli.commands import app
from spine_gen.output import memory as remembering

SPEC = """\
spine: 1
domain: shop.{name}
description: {description}.
partitions:
  day: {{type: date, start: 2025-01-01}}
tiers: [BRONZE, GOLD]
stages:
  LOAD:
    tier: BRONZE
    source: {{format: csv, path: "data/{{day}}.csv"}}
    table:
      name: {name}_line
      key: [id]
      columns:
        id: {{type: integer}}
  SCORE:
    tier: GOLD
    inputs: [LOAD]
    python: score
    table:
      name: {name}_score
      key: [id]
      columns:
        id: {{type: integer}}
"""
WARNED = SPEC.replace("python: score", "sql: SELECT id FROM LOAD").replace(
    "tiers:", "anomalies:\n  UNUSED: {{severity: INFO, description: Nothing.}}\ntiers:"
)
PAGE = Path("generated/shop_orders/README.md")
ORDERS = Path("specs/orders.yaml")


class Project:
    """The current folder: two specs and the packages built from them."""

    def __init__(self) -> None:
        self.folder = Path.cwd()
        self.write("orders", "Orders")
        self.write("visits", "Visits")

    def write(self, name: str, description: str, spec: str = SPEC) -> Path:
        path = Path("specs") / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(spec.format(name=name, description=description), encoding="utf-8")
        return path

    def build(self, *options: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["build", *options], prog_name="spine-gen")
        assert result.exit_code == code, result.output
        return result.stdout

    def settle(self) -> None:
        """Built, and remembered by nothing but stamps."""
        self.build()
        time.sleep(0.05)
        self.build()
        time.sleep(0.05)
        self.build()
        (entry, _) = self.remembered()
        assert all(stamp for _, stamp in (entry[0], *entry[5].values())), "every file has its stamp"

    def remembered(self) -> list[Any]:
        text = Path(".spine-gen/builds.json").read_text(encoding="utf-8").partition("\n")[2]
        return [*json.loads(text)["specs"].values()]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text("[tool.spine]\n", encoding="utf-8")
    return Project()


@pytest.fixture
def untouched(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A settled project in which a plan that is made although nothing changed is a failure."""
    project.settle()
    return project


def no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise AssertionError("planned again")

    monkeypatch.setattr("spine_gen.generate.generate", fail)


def same_times(path: Path, change: Callable[[], object]) -> None:
    """A change after which the file has the size and modification time it had."""
    before = path.stat()
    change()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


def test_what_is_unchanged_is_not_planned(untouched: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    no_plan(monkeypatch)
    assert untouched.build().endswith(" unchanged\n")


def test_the_count_is_that_of_a_build_that_looked_at_everything(untouched: Project) -> None:
    remembered = untouched.build()
    shutil.rmtree(".spine-gen")
    assert untouched.build() == remembered


def test_a_spec_of_the_same_size_and_time(untouched: Project) -> None:
    text = ORDERS.read_text(encoding="utf-8").replace("Orders.", "Ordres.")
    same_times(ORDERS, lambda: ORDERS.write_text(text, encoding="utf-8"))
    assert "update" in untouched.build()
    assert "Ordres." in PAGE.read_text(encoding="utf-8")


def test_a_spec_edited_at_once_after_each_build(project: Project) -> None:
    """Within the file system's granularity: the same size, and perhaps the same time."""
    for number in range(30):
        text = SPEC.format(name="orders", description=f"Orders {number % 10}")
        ORDERS.write_text(text, encoding="utf-8")
        project.build()
        assert f"Orders {number % 10}." in PAGE.read_text(encoding="utf-8")


def test_an_output_edited_at_once_after_each_build(project: Project) -> None:
    for _ in range(20):
        project.build()
        content = PAGE.read_bytes()
        PAGE.write_bytes(content.swapcase())
        assert "SG501" in CliRunner().invoke(app, ["build"]).stderr
        PAGE.write_bytes(content)


def test_an_output_edited_by_hand(untouched: Project) -> None:
    same_times(PAGE, lambda: PAGE.write_bytes(PAGE.read_bytes().swapcase()))
    untouched.build(code=1)
    untouched.build("--force")
    assert "update" not in untouched.build()


def test_an_output_deleted(untouched: Project) -> None:
    PAGE.unlink()
    assert f"create  {PAGE}" in untouched.build()
    Path("generated/shop_orders/logic/score.py").unlink()
    assert "create  generated/shop_orders/logic/score.py" in untouched.build()
    shutil.rmtree("generated/shop_orders")
    assert f"create  {PAGE}" in untouched.build()


def test_logic_may_be_edited(untouched: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    logic = Path("generated/shop_orders/logic/score.py")
    logic.write_text("def score(capture, load): return []\n", encoding="utf-8")
    untouched.build()
    no_plan(monkeypatch)
    untouched.build()


def test_logic_that_does_not_fit_is_told_until_it_does(untouched: Project) -> None:
    logic = Path("generated/shop_orders/logic/score.py")
    stub = logic.read_bytes()
    same_times(logic, lambda: logic.write_bytes(stub.replace(b"load:", b"laod:")))
    for command in ("build", "build", "check", "validate"):
        result = CliRunner().invoke(app, [command])
        assert result.exit_code == 1, command
        assert "score takes laod, but the pipeline of SCORE passes load" in result.stderr
    logic.write_bytes(stub)
    untouched.build()


def test_a_file_replaced_by_an_older_one(untouched: Project, tmp_path: Path) -> None:
    text = ORDERS.read_text(encoding="utf-8").replace("Orders.", "Ordres.")
    other = tmp_path / "other.yaml"
    other.write_text(text, encoding="utf-8")
    os.utime(other, ns=(0, ORDERS.stat().st_mtime_ns))
    other.replace(ORDERS)
    assert f"update  {PAGE}" in untouched.build()
    os.utime(ORDERS, ns=(0, 0))
    assert "update" not in untouched.build()


def test_an_output_replaced_by_a_link(untouched: Project, tmp_path: Path) -> None:
    PAGE.rename(tmp_path / "elsewhere.md")
    PAGE.symlink_to(tmp_path / "elsewhere.md")
    untouched.build(code=1)


def test_a_folder_replaced_by_a_link(untouched: Project, tmp_path: Path) -> None:
    folder = PAGE.parent / "pipelines"
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    untouched.build(code=1)


def test_a_revision_that_somebody_added(untouched: Project) -> None:
    (PAGE.parent / "migrations" / "0009_mine.py").write_text("X = 1\n", encoding="utf-8")
    untouched.build(code=1)


def test_another_generator(untouched: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = count_plans(monkeypatch)
    monkeypatch.setattr(remembering, "_generator", lambda: "another")
    untouched.build()
    assert planned == [2]


@pytest.mark.parametrize("changed", ["spine_gen/plan/naming.py", "templates/README.md.jinja"])
def test_the_generator_is_known_by_its_code_and_templates(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "spine_gen" / "output").mkdir(parents=True)
    (tmp_path / changed).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / changed).write_text("one", encoding="utf-8")
    monkeypatch.setattr(remembering, "__file__", str(tmp_path / "spine_gen" / "output" / "memory.py"))
    before = remembering._generator()
    assert remembering._generator() == before
    (tmp_path / changed).write_text("two", encoding="utf-8")
    assert remembering._generator() != before


def test_the_generator_is_known_by_its_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = remembering._generator()
    (tmp_path / "ruff-99.0.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    assert remembering._generator() != before


def test_another_output_folder(untouched: Project) -> None:
    Path("pyproject.toml").write_text('[tool.spine]\ngenerated = "made"\n', encoding="utf-8")
    assert "create  made/shop_orders/README.md" in untouched.build()


def test_another_working_folder(untouched: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    untouched.write("orders", "Orders", WARNED)
    untouched.build()
    Path("specs/deeper").mkdir()
    monkeypatch.chdir("specs/deeper")
    result = CliRunner().invoke(app, ["build"])
    assert result.stdout.endswith(" unchanged\n") and "create" not in result.stdout
    assert str(untouched.folder / ORDERS) in result.stderr


def test_a_project_that_was_copied(
    untouched: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path.parent / f"{tmp_path.name}_copy"
    shutil.copytree(tmp_path, copy)
    monkeypatch.chdir(copy)
    (copy / PAGE).unlink()
    assert f"create  {PAGE}" in untouched.build()


def test_warnings_are_said_again(untouched: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    untouched.write("orders", "Orders", WARNED)
    Path("generated/shop_orders/logic/score.py").unlink()
    untouched.build()
    first = CliRunner().invoke(app, ["build"]).stderr
    assert "UNUSED" in first
    no_plan(monkeypatch)
    assert CliRunner().invoke(app, ["build"]).stderr == first


def test_two_specs_for_one_package(untouched: Project) -> None:
    twin = Path("specs/twin.yaml")
    twin.write_bytes(ORDERS.read_bytes())
    result = CliRunner().invoke(app, ["build"])
    assert result.exit_code == 1 and "SG402" in result.stderr


def test_only_what_changed_is_planned(untouched: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = count_plans(monkeypatch)
    untouched.write("visits", "Other visits")
    untouched.build()
    assert planned == [1]


@pytest.mark.parametrize("command", [["check"], ["build", "--check"], ["build", "--diff"], ["diff"]])
def test_who_only_looks_looks_at_everything(
    command: list[str], untouched: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = count_plans(monkeypatch)
    assert CliRunner().invoke(app, command).exit_code == 0
    assert planned == [2]


@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "changed", "not text", "another", "a folder"])
def test_a_damaged_memory_is_none(damage: str, untouched: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path(".spine-gen/builds.json")
    content = file.read_bytes()
    planned = count_plans(monkeypatch)
    file.unlink()
    if damage == "another":
        text = json.dumps({"format": 99, "generator": "", "project": "", "root": ""})
        file.write_text(f"{sha256(text.encode()).hexdigest()}\n{text}", encoding="utf-8")
    elif damage == "a folder":
        file.mkdir()
    elif damage != "gone":
        damaged = {"empty": b"", "cut": content[:-9], "not text": b"\xff\xfe" + content}
        file.write_bytes(damaged.get(damage, content.replace(b"shop_orders", b"shop_others")))
    assert untouched.build().endswith(" unchanged\n")
    assert planned == [2]


def test_where_nothing_can_be_kept_builds_are_as_ever(project: Project) -> None:
    Path(".spine-gen").write_text("in the way", encoding="utf-8")
    assert "create" in project.build()
    assert project.build().endswith(" unchanged\n")


def test_a_build_that_fails_leaves_nothing(project: Project) -> None:
    project.write("orders", "Orders", SPEC.replace("integer", "number"))
    project.build(code=1)
    assert not Path(".spine-gen").exists()


def test_what_is_kept_is_in_no_commit(untouched: Project) -> None:
    assert Path(".spine-gen/.gitignore").read_text(encoding="utf-8") == "*\n"


def test_one_bad_spec_takes_nothing_else_down(project: Project) -> None:
    project.write("orders", "Orders", SPEC.replace("integer", "number"))
    project.build(code=1)
    assert not Path("generated").exists()
    result = CliRunner().invoke(app, ["build", "--keep-going"])
    assert result.exit_code == 1 and "SG2" in result.stderr
    assert Path("generated/shop_visits/README.md").exists() and not PAGE.exists()
    project.write("orders", "Orders")
    assert "create" in project.build("--keep-going")


def test_what_two_specs_fight_for_neither_gets(project: Project) -> None:
    Path("specs/twin.yaml").write_bytes(ORDERS.read_bytes())
    project.build("--keep-going", code=1)
    assert Path("generated/shop_visits/README.md").exists() and not PAGE.exists()


def test_a_hand_edit_stops_its_own_package_only(untouched: Project) -> None:
    PAGE.write_text("mine", encoding="utf-8")
    untouched.write("visits", "Other visits")
    assert "update  generated/shop_visits/README.md" in untouched.build("--keep-going", code=1)
    assert PAGE.read_text(encoding="utf-8") == "mine"


def count_plans(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """For each planning how many specs were planned."""
    from spine_gen import generate, packages  # noqa: PLC0415

    plan, counts = packages.plan_specs, list[int]()

    def counted(files: list[Path], **options: object) -> object:
        counts.append(len(files))
        return plan(files, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(generate, "plan_specs", counted)
    monkeypatch.setattr(generate, "worker_count", lambda items: 1)
    monkeypatch.setattr("spine_gen.workers.MOST_IN_A_BATCH", 1000)
    return counts
