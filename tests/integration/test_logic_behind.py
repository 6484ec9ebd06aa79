"""Logic that the spec has left behind: what the commands say of it, and that what they advise mends it."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from spine_gen.cli.commands import app

SPEC = """\
spine: 1
domain: shop.orders
partitions:
  day: {type: date, start: 2025-01-01}
tiers: [BRONZE]
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: "data/{day}.csv"}
    table: {name: shop_load, key: [id], columns: {id: {type: string}}}
  LIST:
    tier: BRONZE
    source: {format: csv, path: "data/list_{day}.csv"}
    table: {name: shop_list, key: [id], columns: {id: {type: string}}}
  RATE:
    tier: BRONZE
    inputs: [LOAD]
    python: rate
    table: {name: shop_rate, key: [], columns: {rate: {type: float}}}
"""
LOGIC = Path("generated/shop_orders/logic/rate.py")
WRITTEN = '''\
"""Rate the orders."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import ShopLoadRow, ShopRateRow


def rate(capture: Capture, load: InputRows[ShopLoadRow]) -> Iterator[ShopRateRow]:
    yield ShopRateRow(float(sum(1 for _ in load)))
'''
MENDED = WRITTEN.replace("import ShopLoadRow", "import ShopListRow, ShopLoadRow").replace(
    "load: InputRows[ShopLoadRow]", "load: InputRows[ShopLoadRow], list: InputRows[ShopListRow]"
)
TOLD = """\
error[SG703]: rate does not take list, which the pipeline of RATE passes
  --> generated/shop_orders/logic/rate.py:10:5
   |
10 | def rate(capture: Capture, load: InputRows[ShopLoadRow]) -> Iterator[ShopRateRow]:
   |     ^^^^
   help: add the parameter list: InputRows[ShopListRow]
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), prog_name="spine-gen")


def spec(text: str) -> None:
    Path("specs/orders.yaml").write_text(text, encoding="utf-8")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder: a package that was built, with logic that was written."""
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text("[tool.spine]\n", encoding="utf-8")
    Path("specs").mkdir()
    spec(SPEC)
    assert run("build").exit_code == 0
    LOGIC.write_text(WRITTEN, encoding="utf-8")
    assert run("check").exit_code == 0


def test_an_input_that_was_added() -> None:
    spec(SPEC.replace("inputs: [LOAD]", "inputs: [LOAD, LIST]"))
    built = run("build")
    assert built.exit_code == 1
    assert TOLD in built.stderr
    assert "update  generated/shop_orders/pipelines/rate.py" in built.stdout, "written all the same"
    for command in ("build", "check", "validate"):
        again = run(command)
        assert (again.exit_code, TOLD in again.stderr) == (1, True), command
    LOGIC.write_text(MENDED, encoding="utf-8")
    for command in ("build", "check", "validate"):
        assert run(command).exit_code == 0, command


def test_it_is_told_before_it_is_written() -> None:
    spec(SPEC.replace("inputs: [LOAD]", "inputs: [LOAD, LIST]"))
    for command in (["validate"], ["build", "--dry-run"], ["build", "--check"], ["check"], ["diff"]):
        told = run(*command)
        assert (told.exit_code, TOLD in told.stderr) == (1, True), command
    assert "LIST" not in Path("generated/shop_orders/pipelines/rate.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["validate", "check"])
def test_tools_are_told_the_place(command: str) -> None:
    LOGIC.write_text(WRITTEN.replace("ShopRateRow(float", "ShopRateRow(1, float"), encoding="utf-8")
    (found,) = json.loads(run(command, "--format", "json").stdout)
    assert (found["code"], found["path"], found["line"]) == ("SG708", LOGIC.as_posix(), 11)


def test_a_warning_alone_is_no_failure() -> None:
    renamed = SPEC.replace("name: shop_load,", "name: shop_order, renamed_from: shop_load,")
    spec(renamed)
    for command in ("build", "build", "check", "validate"):
        told = run(command)
        assert told.exit_code == 0, told.output
        assert "warning[SG706]: ShopLoadRow is called ShopOrderRow by now" in told.stderr
    spec(renamed.replace(" renamed_from: shop_load,", ""))
    for command in ("build", "check", "validate"):
        told = run(command)
        assert (told.exit_code, "rows.py has no ShopLoadRow" in told.stderr) == (1, True), command


def test_a_domain_that_was_renamed() -> None:
    LOGIC.write_text(WRITTEN.replace("from ..rows", "from shop_orders.rows"), encoding="utf-8")
    assert run("build").exit_code == 0
    spec(SPEC.replace("shop.orders", "shop.sales\nrenamed_from: shop.orders"))
    for command in ("check", "build", "build", "check", "validate"):
        told = run(command)
        assert told.exit_code == 1, command
        assert "write shop_sales instead of shop_orders" in told.stderr
    moved = Path("generated/shop_sales/logic/rate.py")
    moved.write_text(moved.read_text(encoding="utf-8").replace("shop_orders", "shop_sales"), encoding="utf-8")
    assert run("build").exit_code == 0


def test_a_domain_that_was_renamed_without_a_word() -> None:
    Path("specs/orders.yaml").write_text(SPEC.replace("shop.orders", "shop.sales"), encoding="utf-8")
    for command in (["build"], ["build", "--dry-run"], ["diff"]):
        told = run(*command)
        assert told.exit_code == 1, command
        assert "error[SG509]: shop.orders is made by no spec any more, and shop.sales has its" in told.stderr
        assert "write renamed_from: shop.orders below" in told.stderr
    assert not Path("generated/shop_sales").exists()
    beside = SPEC.replace("shop", "site")
    Path("specs/visits.yaml").write_text(beside, encoding="utf-8")
    for _ in range(2):  # the second time, what was built is remembered
        told = run("validate")
        assert told.exit_code == 1
        assert "error[SG509]: shop.orders is made by no spec any more, and shop.sales has its" in told.stderr
        assert re.search(r"--> specs/orders.yaml:\d+:\d+\n.*\n.*domain: shop.sales", told.stderr), told.stderr
        assert "specs/visits.yaml: valid" in told.stdout
        run("build", "--keep-going")
    assert "SG509" not in run("validate", "specs/orders.yaml").stderr  # which is not all of the specs
    declared = SPEC.replace("shop.orders", "shop.sales\nrenamed_from: shop.orders")
    Path("specs/orders.yaml").write_text(declared, encoding="utf-8")
    assert "SG509" not in run("validate").stderr


def test_another_package_is_written_though_logic_is_behind() -> None:
    LOGIC.write_text("", encoding="utf-8")
    Path("specs/visits.yaml").write_text(SPEC.replace("shop", "site"), encoding="utf-8")
    wrong = SPEC.replace("shop", "bad").replace("[LOAD]", "[LAOD]")
    Path("specs/wrong.yaml").write_text(wrong, encoding="utf-8")
    built = run("build", "--keep-going")
    assert built.exit_code == 1
    assert "there is no rate, which the pipeline of RATE imports from here" in built.stderr
    assert "create  generated/site_orders/pipelines/rate.py" in built.stdout
