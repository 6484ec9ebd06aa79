"""What `spine-gen init` writes: each file is used as it is meant to be, and none that is there is lost."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from spine_gen.cli.commands import app
from spine_gen.spec.json_schema import schema_text

ROOT = Path(__file__).resolve().parent.parent.parent
WORKFLOW = Path(".github/workflows/spine-gen.yaml")
HOOKS = Path(".pre-commit-config.yaml")
EDITOR = Path(".vscode/settings.json")
SCHEMA = Path("domain-spec.schema.json")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), prog_name="spine-gen")


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command as a shell runs it, with the commands beside this Python."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        shlex.split(command),
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def contents() -> dict[Path, str]:
    return {path: path.read_text("utf-8") for path in Path().rglob("*") if path.is_file()}


def read_yaml(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # where `on` is a text


def workflow_commands() -> list[str]:
    """What the CI workflow runs, in order."""
    return [step["run"] for step in read_yaml(WORKFLOW)["jobs"]["check"]["steps"] if "run" in step]


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current directory, with nothing in it."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path


@pytest.fixture
def built(empty: Path) -> Path:
    assert run("init").exit_code == run("build").exit_code == 0
    return empty


def test_ci_installs_this_version_and_finds_nothing_in_a_built_project(built: Path) -> None:
    install, *commands = workflow_commands()
    assert install == f"python -m pip install spine-gen=={version('spine-gen')}"
    assert [command.split()[:2] for command in commands] == [
        ["spine-gen", "validate"],
        ["spine-gen", "check"],
        ["spine", "test"],
    ]
    for command in commands:
        done = shell(command)
        said = "" if command != "spine test" else done.stdout
        assert (done.returncode, done.stdout) == (0, said), done
    assert said.splitlines()[-1] == "2 passed, 0 failed: 2 on SQLite"


def test_ci_points_at_what_is_wrong(built: Path) -> None:
    _, validate, check, _ = workflow_commands()
    spec = built / "specs" / "orders.yaml"
    spec.write_text(spec.read_text("utf-8").replace("what each customer spent", "what was spent"), "utf-8")
    assert shell(validate).returncode == 0
    drifted = shell(check)
    assert drifted.returncode == 1 and drifted.stdout.startswith("::error file=generated/shop_orders/")
    spec.write_text(spec.read_text("utf-8").replace("inputs: [LOAD]", "inputs: [LAOD]"), "utf-8")
    invalid = shell(validate)
    assert invalid.returncode == 1 and invalid.stdout.startswith("::error file=specs/orders.yaml,line=")


def test_the_hooks_are_those_of_this_repository_and_run(built: Path) -> None:
    (own,) = read_yaml(HOOKS)["repos"]
    offered = read_yaml(ROOT / ".pre-commit-hooks.yaml")
    assert [{**hook, "language": "python"} for hook in own["hooks"]] == offered
    for hook in offered:
        assert hook["pass_filenames"] == "false"
        assert shell(hook["entry"]).returncode == 0
    (built / "generated" / "shop_orders" / "tables.py").unlink()
    assert [shell(hook["entry"]).returncode for hook in offered] == [0, 0, 1]


def test_editors_find_the_schema_from_their_settings_and_from_the_spec(empty: Path) -> None:
    assert run("init").exit_code == 0
    assert SCHEMA.read_text("utf-8") == schema_text() == run("schema").stdout
    ((schema, globs),) = json.loads(EDITOR.read_text("utf-8"))["yaml.schemas"].items()
    assert (empty / schema).samefile(SCHEMA)
    spec = Path("specs/orders.yaml")
    assert spec in {path for pattern in globs for path in Path().glob(pattern)}
    found = re.match(r"# yaml-language-server: \$schema=(\S+)\n", spec.read_text("utf-8"))
    assert found and (spec.parent / found[1]).samefile(SCHEMA)


def test_the_test_in_the_readme_of_a_package_passes_as_it_is(built: Path) -> None:
    page = (built / "generated" / "shop_orders" / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.S)
    assert example.count("\n") <= 6
    (built / "test_shop.py").write_text(example, "utf-8")
    done = shell("python -m pytest -q -W error -p no:cacheprovider test_shop.py", PYTHONDONTWRITEBYTECODE="1")
    assert done.returncode == 0 and "1 passed" in done.stdout, done


def test_files_that_are_there_are_kept_and_told(empty: Path) -> None:
    for path in (WORKFLOW, HOOKS, EDITOR, SCHEMA, Path("README.md"), Path("specs/orders.yaml")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine\n", "utf-8")
    before = contents()
    done = run("init")
    assert done.exit_code == 0
    assert contents().items() >= before.items()
    kept = {
        Path(line.removeprefix("keep   ")) for line in done.stdout.splitlines() if line.startswith("keep")
    }
    assert kept == {*before}
    assert "create pyproject.toml\n" in done.stdout


def test_init_twice_changes_nothing(empty: Path) -> None:
    assert run("init").exit_code == 0
    before = contents()
    again = run("init")
    assert again.exit_code == 0 and "create" not in again.stdout and "add to" not in again.stdout
    assert contents() == before


def test_a_link_that_leads_nowhere_is_kept(empty: Path) -> None:
    HOOKS.symlink_to("nowhere")
    assert f"keep   {HOOKS}\n" in run("init").stdout
    assert HOOKS.is_symlink() and not HOOKS.exists()


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ("", ["[tool.spine]", "[tool.pytest.ini_options]", 'pythonpath = ["generated"]']),
        (
            '[tool.spine]\ngenerated = "made"\n[tool.pytest.ini_options]\npythonpath = ["src"]\n',
            ["[tool.pytest.ini_options]", 'pythonpath = ["src", "made"]'],
        ),
        (
            '[tool.spine]\n[tool.pytest]\npythonpath = "src tests"\n',
            ["[tool.pytest]", 'pythonpath = ["src", "tests", "generated"]'],
        ),
        ('[tool.spine]\n[tool.pytest.ini_options]\npythonpath = "generated ."\n', []),
    ],
)
def test_a_pyproject_that_is_there_is_kept_and_what_it_lacks_is_told(
    empty: Path, settings: str, lines: list[str]
) -> None:
    Path("pyproject.toml").write_text(settings, "utf-8")
    done = run("init")
    assert done.exit_code == 0
    assert Path("pyproject.toml").read_text("utf-8") == settings
    _, added, rest = done.stdout.partition("\nadd to pyproject.toml:\n")
    assert bool(added) == bool(lines)
    assert [line.strip() for line in rest.partition("\n\n")[0].splitlines()] == lines


def test_a_project_that_is_there_gets_no_sample_and_is_found_where_it_says(empty: Path) -> None:
    Path("pyproject.toml").write_text('[tool.spine]\nspecs = "declared/specs"\n', "utf-8")
    done = run("init")
    assert done.exit_code == 0 and "shop.orders" not in done.stdout
    assert not Path("specs").exists() and not Path("data").exists()
    assert WORKFLOW.exists() and HOOKS.exists() and SCHEMA.exists()
    assert json.loads(EDITOR.read_text("utf-8"))["yaml.schemas"] == {
        f"./{SCHEMA}": ["declared/specs/**/*.yaml", "declared/specs/**/*.yml"]
    }


def test_a_pyproject_that_is_no_toml_stops_init(empty: Path) -> None:
    Path("pyproject.toml").write_text("[tool", "utf-8")
    done = run("init")
    assert done.exit_code == 2 and "is not valid TOML" in done.stderr
    assert [*contents()] == [Path("pyproject.toml")]


def test_init_into_a_file_says_so(empty: Path) -> None:
    Path("shop").write_text("", "utf-8")
    done = run("init", "shop")
    assert done.exit_code == 2 and "is not a folder" in done.stderr
