"""`spine-gen breaking` as its users meet it: what it compares, follows, prints and returns."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from spine_gen.cli.commands import app

Run = Callable[..., Result]
SPEC = Path("specs/orders.yaml")
GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
LOWERED = ("NO_CUSTOMER:     {severity: WARNING", "NO_CUSTOMER:     {severity: INFO")
WIDENED = ("precision: 12, scale: 2", "precision: 14, scale: 2")
ADDED = "channel: {type: string, nullable: true}"
FIRST_COLUMN = "        amount:"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["breaking", *arguments], prog_name="spine-gen")


def git(*arguments: str) -> None:
    subprocess.run([*GIT, *arguments], check=True, capture_output=True)


def change(*swaps: tuple[str, str], path: Path = SPEC) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project that `init` makes, as one commit; the current directory is in it."""
    folder = tmp_path / "project"
    assert CliRunner().invoke(app, ["init", str(folder)]).exit_code == 0
    monkeypatch.chdir(folder)
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    return folder


def kinds(result: Result) -> list[str]:
    return [item["kind"] for item in json.loads(result.stdout)]


def test_it_compares_with_a_file_or_with_git(project: Path) -> None:
    older = project / "older.yaml"
    older.write_bytes(SPEC.read_bytes())
    for against in ("HEAD", "main", str(older)):
        result = run(str(SPEC), "--against", against)
        assert (result.exit_code, result.stdout) == (0, "")
    change(LOWERED, WIDENED, (FIRST_COLUMN, f"        {ADDED}\n{FIRST_COLUMN}"))
    for against in ("HEAD", str(older)):
        result = run(str(SPEC), "--against", against, "--format", "json")
        assert result.exit_code == 1
        assert kinds(result) == ["lowered-severity", "widened-column", "added-nullable-column"]
    text = run("--against", "HEAD")
    said = "column shop_order.amount is of type decimal(14, 2) instead of decimal(12, 2)"
    assert f"dangerous: widened-column: {said}\n" in text.stdout
    assert "changes since HEAD: 1 breaking, 1 dangerous, 1 safe" in text.stderr


def test_what_fails_is_chosen(project: Path) -> None:
    change(WIDENED)
    assert run("--against", "HEAD").exit_code == 0
    assert run("--against", "HEAD", "--fail-on", "dangerous").exit_code == 1


def test_ignored_changes_are_counted_with_their_reason(project: Path) -> None:
    change(LOWERED)
    ignore = "breaking:\n  ignore:\n    - {kind: lowered-severity, reason: It was never acted on.}\n"
    with SPEC.open("a", encoding="utf-8") as file:
        file.write(f"{ignore}    - {{kind: removed-column, subject: shop_order.none, reason: x}}\n")
    result = run("--against", "HEAD")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "It was never acted on." in result.stderr
    assert "there is no removed-column of shop_order.none to ignore" in result.stderr
    assert run("--against", "HEAD", "--format", "github").stdout == ""
    (item,) = json.loads(run("--against", "HEAD", "--format", "sarif").stdout)["runs"][0]["results"]
    assert item["suppressions"] == [{"kind": "inSource", "justification": "It was never acted on."}]


def test_tools_get_the_place_and_the_level(project: Path) -> None:
    change(LOWERED, WIDENED)
    line = 1 + [LOWERED[1] in text for text in SPEC.read_text(encoding="utf-8").splitlines()].index(True)
    first, second = run("--against", "HEAD", "--format", "github").stdout.splitlines()
    assert first.startswith(f"::error file={SPEC.as_posix()},line={line},")
    assert second.startswith("::warning ") and "title=widened-column" in second
    log = json.loads(run("--against", "HEAD", "--format", "sarif").stdout)["runs"][0]
    assert [rule["id"] for rule in log["tool"]["driver"]["rules"]] == ["lowered-severity", "widened-column"]
    assert [item["level"] for item in log["results"]] == ["error", "warning"]
    region = log["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region["startLine"] == line


@pytest.mark.parametrize("staged", [True, False])
@pytest.mark.parametrize("named", [True, False])
def test_a_renamed_file_is_followed(project: Path, staged: bool, named: bool) -> None:
    """By git where it knows of it, else by the domain."""
    moved = Path("specs/shop/sold.yaml") if staged else Path("specs/sold.yaml")
    moved.parent.mkdir(exist_ok=True)
    SPEC.rename(moved)
    if staged:
        git("add", "-A")
    change(LOWERED, path=moved)
    arguments = (str(moved),) if named else ()
    assert kinds(run(*arguments, "--against", "HEAD", "--format", "json")) == ["lowered-severity"]
    if staged:
        followed = run(str(SPEC), "--against", "HEAD", "--format", "json")
        assert kinds(followed) == ["lowered-severity"]


def test_a_spec_that_moved_and_is_called_otherwise_is_the_same_one(project: Path) -> None:
    text = SPEC.read_text(encoding="utf-8").replace(
        "domain: shop.orders", "domain: shop.sales\nrenamed_from: shop.orders"
    )
    SPEC.unlink()
    Path("specs/sales.yaml").write_text(text.replace("shop_order", "shop_sale"), encoding="utf-8")
    found = kinds(run("--against", "HEAD", "--format", "json"))
    assert "renamed-domain" in found and "removed-domain" not in found


@pytest.mark.parametrize("named", [(), ("specs",), (str(SPEC),)])
def test_a_deleted_spec_is_reported(project: Path, named: tuple[str, ...]) -> None:
    SPEC.unlink()
    result = run(*named, "--against", "HEAD", "--format", "json")
    assert result.exit_code == 1
    assert {"removed-domain", "removed-stage", "removed-table", "removed-workflow"} <= {*kinds(result)}
    assert json.loads(result.stdout)[0]["path"] == SPEC.as_posix()


def test_several_specs_are_compared_at_once(project: Path) -> None:
    other = Path("specs/other.yaml")
    text = (
        SPEC.read_text(encoding="utf-8")
        .replace("shop.orders", "shop.sales")
        .replace("shop_order", "shop_sale")
    )
    other.write_text(text, encoding="utf-8")
    git("add", ".")
    git("commit", "-m", "second")
    change(LOWERED)
    change(WIDENED, path=other)
    found = json.loads(run("--against", "HEAD", "--format", "json").stdout)
    assert {(item["path"], item["kind"]) for item in found} == {
        (SPEC.as_posix(), "lowered-severity"),
        (other.as_posix(), "widened-column"),
    }
    refused = run("--against", str(other))
    assert refused.exit_code == 2 and "there are 2 specs" in refused.stderr


def test_it_says_what_it_cannot_compare_with(project: Path, tmp_path: Path) -> None:
    new = Path("specs/new.yaml")
    new.write_text(SPEC.read_text(encoding="utf-8").replace("shop", "store"), encoding="utf-8")
    result = run(str(new), "--against", "HEAD")
    assert result.exit_code == 0 and "nothing to break" in result.stderr
    for against in ("no-such-branch", "--output=x", "specs"):
        refused = run(str(SPEC), f"--against={against}")
        assert refused.exit_code == 2 and against in refused.stderr
    Path("broken.yaml").write_text("domain: x\n", encoding="utf-8")
    broken = run(str(SPEC), "--against", "broken.yaml")
    assert broken.exit_code == 1 and "broken.yaml" in broken.stderr
    assert run(str(SPEC)).exit_code == 2
    outside = tmp_path / "orders.yaml"
    outside.write_bytes(SPEC.read_bytes())
    assert run(str(outside), "--against", "HEAD").exit_code == 2


def test_the_documented_table_is_printed(project: Path) -> None:
    result = run("--kinds")
    documented = Path(__file__).resolve().parents[2] / "docs" / "changes.md"
    assert result.exit_code == 0 and documented.read_text(encoding="utf-8").endswith(result.stdout)
