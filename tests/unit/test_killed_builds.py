"""A build that is killed at any of its file operations: a rerun finishes it, and nothing is left behind."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spine_gen.cli.commands import app
from spine_gen.generate import BuildPlan, generate, write_build
from spine_gen.output.staging import take_back_killed
from spine_gen.permits import EVERY
from tests.unit.test_build import COUNT, RENAMED, SPEC, WITHOUT_SCORE

CHANGING = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.truncate"})
OURS = b"def score(*given, **inputs): return []  # mine \xc3\xa9\r\n"
AFTER = {
    "a stage more": SPEC.replace("workflows:", COUNT + "workflows:"),
    "a stage less": WITHOUT_SCORE,
    "a renamed domain": RENAMED,
    "a renamed domain and other changes": RENAMED.replace("workflows:", COUNT + "workflows:"),
}


def kill_at(number: int, folder: Path, work: Callable[[], object]) -> bool:
    """Work in a child that is killed before its file operation of that number; whether it came so far."""
    child = os.fork()
    if child == 0:
        left = number

        def count(event: str, given: tuple[object, ...]) -> None:
            nonlocal left
            writes = event == "open" and isinstance(given[1], str) and bool({*"wax+"} & {*given[1]})
            if (writes and str(given[0]).startswith(str(folder))) or event in CHANGING:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)  # which no process gets rid of again
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in (0, -signal.SIGKILL), ended
    return ended != 0


def tree(root: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None
        for path in root.rglob("*")
    }


def planned(folder: Path, text: str) -> BuildPlan:
    spec = folder / "specs/shop.yaml"
    spec.parent.mkdir(exist_ok=True)
    spec.write_text(text, encoding="utf-8")
    return generate([spec], folder / "generated", project=folder, permits=EVERY)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A project with a package that was built, imported, and written in."""
    write_build(planned(tmp_path, SPEC))
    package = tmp_path / "generated/shop_orders"
    (package / "logic/score.py").write_bytes(OURS)
    (package / "migrations/README.md").write_bytes(b"mine\n")
    for name in ("", "logic/", "pipelines/"):
        (package / f"{name}__pycache__").mkdir()
        (package / f"{name}__pycache__/x.cpython-311.pyc").write_bytes(b"code")
    return tmp_path


@pytest.mark.parametrize("change", AFTER)
def test_killed_at_every_file_operation(built: Path, change: str) -> None:
    root, kept = built / "generated", built / "kept"
    shutil.copytree(root, kept)
    plan, before = planned(built, AFTER[change]), tree(root)
    write_build(plan)
    after, seen, number = tree(root), set[str](), 1
    while True:
        shutil.rmtree(root)
        shutil.copytree(kept, root)
        if not kill_at(number, root, lambda: write_build(plan)):
            break
        if number % 7 == 0:  # what takes it back is killed, too
            kill_at(number // 7, root, lambda: take_back_killed(root))
        take_back_killed(root)
        now = tree(root)
        assert now in (without_bytecode(before, now), after), number
        seen.add("after" if now == after else "before")
        number += 1
    assert tree(root) == after
    assert number > 2 * len(plan.writes) and seen == {"before", "after"}
    packages = {"shop_sales" if "renamed" in change else "shop_orders"}
    assert {name.partition("/")[0] for name in after} == packages


def without_bytecode(
    before: dict[str, bytes | None], now: dict[str, bytes | None]
) -> dict[str, bytes | None]:
    """Bytecode may be gone: it comes again by itself."""
    return {name: content for name, content in before.items() if name in now or "__pycache__" not in name}


@pytest.mark.parametrize("change", ["a stage more", "a renamed domain"])
def test_the_command_finishes_when_it_is_run_again(
    built: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(built)
    (built / "pyproject.toml").write_text("[tool.spine]\n")

    def build() -> None:
        assert CliRunner().invoke(app, ["build"]).exit_code == 0

    build()
    kept = {name: built / f"kept{name}" for name in ("generated", ".spine-gen")}
    for name, copy in kept.items():
        shutil.copytree(built / name, copy)
    planned(built, AFTER[change])
    build()
    after, number = tree(built / "generated"), 1
    while True:
        for name, copy in kept.items():
            shutil.rmtree(built / name)
            shutil.copytree(copy, built / name)
        if not kill_at(number, built, build):
            break
        build()
        assert tree(built / "generated") == after, number
        assert sorted(file.name for file in (built / ".spine-gen").iterdir()) == [
            ".gitignore",
            "builds.json",
            "clock",
        ]
        number += 9


def test_a_step_takes_back_first_what_a_killed_build_did(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(built)
    (built / "pyproject.toml").write_text("[tool.spine]\n")
    text, root = AFTER["a stage less"], built / "generated"
    plan = planned(built, text)
    number = 1
    while kill_at(number, root, lambda: write_build(plan)) and not planned(built, text).up_to_date:
        take_back_killed(root)
        number += 1
    result = CliRunner().invoke(app, ["step", "specs/shop.yaml", "fill"])
    assert result.exit_code == 1 and "an earlier command was killed" in result.stderr
    assert [item.name for item in root.iterdir()] == ["shop_orders"]
