"""The `spine-gen` command as its users meet it: what it prints, its exit statuses, what it leaves behind."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from spine_gen.cli.commands import app

Run = Callable[..., Result]
SPEC = Path("specs/orders.yaml")
PACKAGE = Path("generated/shop_orders")


@pytest.fixture
def run() -> Run:
    def invoke(*arguments: str, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=input, prog_name="spine-gen")

    return invoke


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """The project that `init` makes; the current directory is in it."""
    folder = tmp_path / "project"
    assert run("init", str(folder)).exit_code == 0
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def built(project: Path, run: Run) -> Path:
    assert run("build").exit_code == 0
    return project


def tree(folder: Path) -> dict[str, bytes]:
    """Everything in a folder but what may be deleted at any time."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {"__pycache__", ".spine-gen"} & {*path.parts}
    }


def change_spec(old: str, new: str) -> None:
    text = SPEC.read_text(encoding="utf-8")
    assert old in text
    SPEC.write_text(text.replace(old, new), encoding="utf-8")


def add_column(declared: str) -> None:
    change_spec("placed_at: {type: timestamp}", f"placed_at: {{type: timestamp}}\n        {declared}")


def test_a_new_project_validates_builds_and_is_then_up_to_date(project: Path, run: Run) -> None:
    valid = run("validate")
    assert (valid.exit_code, valid.stdout, valid.stderr) == (0, "specs/orders.yaml: valid\n", "")
    built = run("build")
    assert built.exit_code == 0
    assert "create  generated/shop_orders/pipelines/load.py\n" in built.stdout
    assert "spine migrate" in built.stderr
    before = tree(project)
    again = run("build")
    assert (again.exit_code, again.stderr) == (0, "")
    assert again.stdout.endswith("unchanged\n") and "update" not in again.stdout
    assert tree(project) == before
    check = run("check")
    assert (check.exit_code, check.stdout) == (0, "1 package up to date\n")
    assert run("build", "--check").exit_code == 0


def test_a_new_project_runs(built: Path) -> None:
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    for arguments in (
        ["run", "shop.orders/daily", "--partition", "2025-01-02"],
        ["status", "--format", "json"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", "from spine.cli import main; main()", *arguments],
            cwd=built,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    rows = {item["stage"]: item["row_count"] for item in json.loads(done.stdout)}
    assert rows == {"LOAD": 4, "SPENT": 3}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.yaml", None, "no such file"),
        ("folder.yaml", "folder", "no specs: folder.yaml holds no .yaml or .yml file"),
        ("empty.yaml", b"", "SG104"),
        ("latin.yaml", b"domain: caf\xe9\n", "SG101"),
        ("binary.yaml", bytes(range(256)), "SG101"),
        ("tabs.yaml", b"spine: 1\n\tdomain: x\n", "SG102"),
        ("list.yaml", b"- 1\n", "SG203"),
        ("name\nwith\x1b[31mcontrol.yaml", None, "no such file"),
    ],
)
def test_a_bad_spec_is_a_clear_message_and_nothing_is_written(
    project: Path, run: Run, name: str, content: bytes | str | None, said: str
) -> None:
    if content == "folder":
        Path(name).mkdir()
    elif isinstance(content, bytes):
        Path(name).write_bytes(content)
    before = tree(project)
    for command in ("validate", "build", "check", "diff"):
        result = run(command, name)
        assert result.exit_code == (1 if said.startswith("SG") else 2)
        assert said in result.stderr
        assert "Traceback" not in result.stderr and "\x1b" not in result.stderr
        assert tree(project) == before


def test_a_spec_that_cannot_be_read_is_named(project: Path, run: Run) -> None:
    """A link to itself stands for whatever keeps a file from being opened, by the superuser too."""
    SPEC.unlink()
    SPEC.symlink_to(SPEC.name)
    for command in ("validate", "build", "check", "diff"):
        result = run(command, str(SPEC))
        assert result.exit_code == 2 and "too many levels of symbolic links" in result.stderr
        assert f"{SPEC}" in result.stderr and "Traceback" not in result.stderr


def test_validate_reports_every_problem_of_every_spec(project: Path, run: Run) -> None:
    change_spec("inputs: [LOAD]", "inputs: [LAOD]")
    change_spec("code: NO_CUSTOMER", "code: NO_CUSTOMMER")
    result = run("validate")
    assert result.exit_code == 1
    assert 'did you mean "LOAD"?' in result.stderr and "NO_CUSTOMMER" in result.stderr
    assert "specs/orders.yaml:" in result.stdout and "errors" in result.stdout
    found = json.loads(run("validate", "--format", "json").stdout)
    assert {item["path"] for item in found} == {"specs/orders.yaml"}
    assert run("validate", "--format", "github").stdout.count("::error file=specs/orders.yaml,line=") == sum(
        item["severity"] == "error" for item in found
    )
    sarif = json.loads(run("validate", "--format", "sarif").stdout)
    assert len(sarif["runs"][0]["results"]) == len(found)


def test_findings_are_selected_by_code(project: Path, run: Run) -> None:
    change_spec("inputs: [LOAD]", "inputs: [LAOD]")
    change_spec("code: NO_CUSTOMER", "code: NO_CUSTOMMER")
    change_spec("severity: WARNING", "severity: WARNIN")
    every = {"SG204", "SG302", "SG304"}

    def told(*options: str) -> set[str]:
        result = run("validate", "--format", "json", *options)
        codes = {item["code"] for item in json.loads(result.stdout)} & every
        assert result.exit_code == (1 if codes else 0)
        return codes

    assert told() == every
    assert told("--select", "SG3") == {"SG302", "SG304"}
    assert told("--select", "SG204, sg302") == {"SG204", "SG302"}
    assert told("--select", "SG204", "--select", "SG304") == {"SG204", "SG304"}
    assert told("--ignore", "SG3") == {"SG204"}
    assert told("--select", "SG302", "--ignore", "SG3") == {"SG302"}
    assert told("--select", "SG3", "--ignore", "SG302") == {"SG304"}
    assert told("--select", "SG3", "--ignore", "SG3") == set()
    text = run("validate", "--select", "SG1")
    assert (text.exit_code, text.stderr) == (0, "")
    assert re.fullmatch(r"specs/orders.yaml: valid as far as was asked, \d left out\n", text.stdout)
    assert run("build").exit_code == 1 and not Path("generated").exists()


@pytest.mark.parametrize("codes", ["SG3O2", "SG9", "", "SG302,"])
def test_a_code_that_there_is_not_is_misuse(project: Path, run: Run, codes: str) -> None:
    for option in ("--select", "--ignore"):
        result = run("validate", option, codes)
        assert result.exit_code == 2 and 'no diagnostic has the code "' in result.stderr
    assert "SG302" in run("validate", "--select", "SG3O2").stderr


def test_of_many_findings_the_first_are_shown_and_the_rest_is_counted(project: Path, run: Run) -> None:
    inputs = ", ".join(f"NOT_THERE_{number}" for number in range(60))
    change_spec("inputs: [LOAD]", f"inputs: [{inputs}]")
    change_spec("code: NO_CUSTOMER", "code: NO_OTHER")
    everything = json.loads(run("validate", "--format", "json").stdout)
    assert {item["severity"] for item in everything} == {"warning", "error"}
    text = run("validate")
    assert text.exit_code == 1
    assert text.stderr.count("error[") == 50 and "warning[" not in text.stderr
    assert f"\n{len(everything) - 50} more findings; --max-findings 0 shows all\n" in text.stderr
    assert "61 errors, 1 warning" in text.stdout
    whole = run("validate", "--max-findings", "0").stderr
    assert "more finding" not in whole and whole.count("error[") == 61
    one = run("validate", "--format", "json", "--max-findings", "1")
    assert one.exit_code == 1 and len(json.loads(one.stdout)) == 1
    assert f"{len(everything) - 1} more findings" in one.stderr


def test_acknowledged_warnings_are_counted_by_every_command(project: Path, run: Run) -> None:
    change_spec("code: NO_CUSTOMER", "code: NO_OTHER")
    change_spec("anomalies:\n", "anomalies:\n  NO_OTHER: {severity: INFO, description: Other.}\n")
    assert "SG324" in run("validate").stderr
    with SPEC.open("a", encoding="utf-8") as spec:
        spec.write("\nacknowledge:\n  - {code: SG324, reason: Soon.}\n")
    for command in ("validate", "build", "build", "check"):
        result = run(command)
        assert result.exit_code == 0
        assert "SG324" not in result.stderr and "1 warning acknowledged\n" in result.stderr
    assert run("validate").stdout == "specs/orders.yaml: valid\n"
    change_spec("inputs: [LOAD]", "inputs: [LAOD]")
    failed = run("validate")
    assert failed.exit_code == 1 and "1 warning acknowledged\n" in failed.stderr


def test_a_folder_stands_for_all_specs_in_it_but_hidden_ones(project: Path, run: Run) -> None:
    text = SPEC.read_text(encoding="utf-8")
    for name in ("a/deep/er/one.yml", "a/two.yaml", "a/.venv/no.yaml", "a/.#two.yaml", "a/notes.txt"):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("shop", f"shop{path.stem.lower()}"), encoding="utf-8")
    result = run("validate", "a", str(SPEC), "a/two.yaml", "specs")
    assert result.exit_code == 0
    assert result.stdout == "a/deep/er/one.yml: valid\na/two.yaml: valid\nspecs/orders.yaml: valid\n"
    assert run("build", "a").exit_code == 0
    assert {path.name for path in Path("generated").iterdir()} == {"shopone_orders", "shoptwo_orders"}
    assert run("check", "a").stdout == "2 packages up to date\n"
    assert run("diff", "a").stdout == ""


def test_a_spec_may_come_from_standard_input(project: Path, run: Run) -> None:
    text = SPEC.read_text(encoding="utf-8")
    valid = run("validate", "-", input=text)
    assert (valid.exit_code, valid.stdout) == (0, "<stdin>: valid\n")
    wrong = text.replace("inputs: [LOAD]", "inputs: [LAOD]")
    result = run("validate", str(SPEC), "-", input=wrong)
    assert result.exit_code == 1
    assert result.stdout == "specs/orders.yaml: valid\n<stdin>: 1 error\n"
    assert "--> <stdin>:" in result.stderr and "inputs: [LAOD]" in result.stderr
    for form in ("json", "github", "sarif"):
        assert "stdin" in run("validate", "-", "--format", form, input=wrong).stdout
    assert "SG101" in run("validate", "-", input=b"domain: caf\xe9\n").stderr
    for command in ("build", "check", "diff"):
        refused = run(command, "-", input=text)
        assert refused.exit_code == 2 and '"-" (standard input) can be validated only' in refused.stderr


def test_standard_input_is_read_by_a_call_without_options_too(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from spine_gen.cli import main; main()", "validate", "-"],
        input=SPEC.read_bytes(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"<stdin>: valid\n", b"")
    command = f"{sys.executable} -c 'from spine_gen.cli import main; main()' validate - <&-"
    closed = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert (closed.returncode, closed.stderr) == (2, b"error: cannot read <stdin>: it is closed\n")


def test_tools_get_a_whole_document_also_where_nothing_is_wrong(project: Path, run: Run) -> None:
    assert json.loads(run("validate", "--format", "json").stdout) == []
    assert run("validate", "--format", "github").stdout == ""
    assert json.loads(run("validate", "--format", "sarif").stdout)["runs"][0]["results"] == []


@pytest.mark.parametrize("option", ["--check", "--diff", "--dry-run"])
def test_build_can_only_look(built: Path, run: Run, option: str) -> None:
    change_spec("Daily orders of the shop", "All orders of the shop")
    before = tree(built)
    result = run("build", option)
    assert tree(built) == before
    assert result.exit_code == (1 if option == "--check" else 0)
    assert {
        "--check": "SG506" in result.stderr,
        "--diff": "+All orders" in result.stdout or "All orders" in result.stdout,
        "--dry-run": "update  generated/shop_orders/domain.py\n" in result.stdout,
    }[option]


def test_a_hand_edit_stops_the_build_and_is_shown(built: Path, run: Run) -> None:
    file = PACKAGE / "tables.py"
    mine = file.read_bytes() + b"# mine\x1b[2J\n"
    file.write_bytes(mine)
    stopped = run("build")
    assert stopped.exit_code == 1
    assert "SG501" in stopped.stderr and "-# mine" in stopped.stderr and "--force" in stopped.stderr
    assert "\x1b" not in stopped.stderr
    assert file.read_bytes() == mine
    assert run("check").exit_code == 1
    assert run("build", "--force").exit_code == 0
    assert b"# mine" not in file.read_bytes()
    assert run("check").exit_code == 0


def test_a_changed_schema_is_a_new_revision_and_the_old_one_stays(built: Path, run: Run) -> None:
    first = {name: text for name, text in tree(built).items() if "/migrations/" in name}
    add_column("channel: {type: string, nullable: true}")
    assert run("check").exit_code == 1
    result = run("build")
    assert result.exit_code == 0 and "spine migrate" in result.stderr
    after = {name: text for name, text in tree(built).items() if "/migrations/" in name}
    assert after.items() >= first.items()
    stem = "generated/shop_orders/migrations/0002_add_channel_to_shop_order"
    assert after.keys() - first.keys() == {f"{stem}.py", f"{stem}.sql"}
    assert run("check").exit_code == 0


def test_a_change_that_rows_would_break_needs_empty_tables(built: Path, run: Run) -> None:
    add_column("channel: {type: string}")
    before = tree(built)
    refused = run("build")
    assert refused.exit_code == 1 and "SG602" in refused.stderr and "nullable: true" in refused.stderr
    assert tree(built) == before
    assert run("check").exit_code == 1
    assert run("build", "--force", "--allow-destructive").exit_code == 1
    assert tree(built) == before
    assert run("build", "--assume-empty").exit_code == 0
    assert run("check").exit_code == 0


def test_values_are_destroyed_only_where_somebody_says_so(built: Path, run: Run) -> None:
    change_spec("        placed_at: {type: timestamp}\n", "")
    before = tree(built)
    for others in ((), ("--force", "--assume-empty")):
        refused = run("build", *others)
        assert refused.exit_code == 1 and "error[SG601]" in refused.stderr
        assert "shop_order.placed_at" in refused.stderr
    assert tree(built) == before
    assert run("build", "--allow-destructive", "--dry-run").exit_code == 0
    text = SPEC.read_text(encoding="utf-8")
    words = "acknowledge: [{code: SG601, of: shop_order.placed_at, reason: Nobody reads it.}]"
    SPEC.write_text(f"{text}\n{words}\n", encoding="utf-8")
    result = run("build")
    assert result.exit_code == 0 and "1 warning acknowledged" in result.stderr
    assert run("check").exit_code == 0  # the word may stay


def test_what_looks_renamed_is_offered_as_such(built: Path, run: Run) -> None:
    change_spec(
        "placed_at: {type: timestamp}", "ordered_at: {type: timestamp, nullable: true, from: placed_at}"
    )
    result = run("build")
    assert result.exit_code == 1
    assert "if it is called ordered_at now, write renamed_from: placed_at there" in result.stderr


@pytest.mark.parametrize("harm", ["edited", "gone", "another head"])
def test_a_broken_line_of_revisions_is_a_finding_that_force_does_not_help(
    built: Path, run: Run, harm: str
) -> None:
    revision = PACKAGE / "migrations/0001_initial.py"
    if harm == "edited":
        revision.write_text(revision.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
    elif harm == "gone":
        revision.unlink()
    else:
        other = revision.read_text(encoding="utf-8").replace("orders_0001", "orders_0002")
        (PACKAGE / "migrations/0002_other.py").write_text(other, encoding="utf-8")
    before = tree(built)
    for arguments in (["check"], ["build"], ["build", "--force"]):
        result = run(*arguments)
        assert result.exit_code == 1 and "SG605" in result.stderr
    assert tree(built) == before


def test_check_finds_a_package_that_no_spec_makes(built: Path, run: Run) -> None:
    text = SPEC.read_text(encoding="utf-8")
    renamed = text.replace("shop.orders", "shop.other").replace("shop_", "other_")
    SPEC.write_text(renamed, encoding="utf-8")
    assert run("build").exit_code == 0
    result = run("check")
    assert result.exit_code == 1
    assert "SG507" in result.stderr and "generated/shop_orders" in result.stderr
    assert run("check", str(SPEC)).exit_code == 0


def test_two_specs_may_not_share_a_package_or_a_table(project: Path, run: Run) -> None:
    text = SPEC.read_text(encoding="utf-8")
    Path("specs/copy.yaml").write_text(text, encoding="utf-8")
    result = run("build")
    assert result.exit_code == 1 and "SG402" in result.stderr
    Path("specs/copy.yaml").write_text(text.replace("shop.orders", "shop.copy"), encoding="utf-8")
    result = run("build")
    assert result.exit_code == 1 and "SG404" in result.stderr
    assert not Path("generated").exists()


def test_diff_tells_schema_and_code(built: Path, run: Run) -> None:
    assert run("diff").stdout == ""
    add_column("channel: {type: string, nullable: true}")
    change_spec(
        "        customer:  {type: string}\n        amount:",
        "        customer:  {type: string, nullable: true}\n        amount:",
    )
    before = tree(built)
    text = run("diff")
    assert text.exit_code == 0
    assert "shop_order: New column channel: string, may be NULL." in text.stdout
    assert "+    channel: str | None" in text.stdout
    (package,) = json.loads(run("diff", "--format", "json").stdout)
    assert package["domain"] == "shop.orders"
    assert [item["table"] for item in package["schema"]] == ["shop_order", "shop_order"]
    assert {item["status"] for item in package["files"]} == {"create", "update"}
    markdown = run("diff", "--format", "markdown").stdout
    assert "| `shop_order` | Column customer: now nullable. | no |" in markdown and "```diff" in markdown
    assert tree(built) == before


def test_schema_and_explain(run: Run) -> None:
    schema = json.loads(run("schema").stdout)
    assert schema["$schema"].startswith("http://json-schema.org/draft-07/")
    listed = run("explain").stdout.splitlines()
    assert any(line.startswith("SG302 ") for line in listed)
    for line in listed:
        explained = run("explain", line.split()[0].lower())
        assert explained.exit_code == 0
        assert "Bad:" in explained.stdout and "Good:" in explained.stdout, line
    unknown = run("explain", "SG999")
    assert unknown.exit_code == 2 and "SG999" in unknown.stderr


def test_no_specs_is_misuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("validate", "build", "check", "diff"):
        result = run(command)
        assert result.exit_code == 2 and "spine-gen init" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_misuse(project: Path, run: Run) -> None:
    Path("pyproject.toml").write_text('[tool.spine]\nspec = "specs"\n', encoding="utf-8")
    result = run("check")
    assert result.exit_code == 2 and "did you mean specs?" in result.stderr


def test_an_output_that_cannot_be_written_leaves_nothing(project: Path, run: Run) -> None:
    Path("generated").write_text("a file where a folder belongs", encoding="utf-8")
    before = tree(project)
    result = run("build")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error[SG505]: generated is not a folder" in result.stderr
    assert tree(project) == before


def test_nothing_is_listed_as_written_that_could_not_be(project: Path, run: Run) -> None:
    Path("generated").symlink_to("nowhere/at/all")
    result = run("build")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot write" in result.stderr and "nothing was changed" in result.stderr


def test_what_a_killed_build_left_half_written_is_taken_back_first(built: Path, run: Run) -> None:
    """The build of a folder that had nothing in it, killed after its first four files."""
    package = tree(Path("generated"))
    lines = [{"path": path, "new": sha256(content).hexdigest()} for path, content in package.items()]
    for path in [*package][4:]:
        (Path("generated") / path).unlink()
    leftover = Path("generated/.spine-gen-0a1b2c3d")
    leftover.mkdir()
    (leftover / "journal.json").write_text(json.dumps({"files": lines}), encoding="utf-8")
    result = run("build")
    assert result.exit_code == 0
    assert "was killed while it wrote generated: 4 files are as before it again\n" in result.stderr
    assert "15 created, 0 unchanged\n" in result.stdout
    assert tree(Path("generated")) == package


def test_colours_are_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from io import StringIO  # noqa: PLC0415

    from spine_gen.cli.terminal import colorful  # noqa: PLC0415

    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert colorful(Terminal()) and not colorful(StringIO()) and not colorful(None)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colorful(Terminal())


def test_a_reader_that_goes_away_ends_the_command_quietly(built: Path) -> None:
    command = f"{sys.executable} -c 'from spine_gen.cli import main; main()' schema | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
