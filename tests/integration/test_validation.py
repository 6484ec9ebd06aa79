"""`validate` tells what a build would refuse: the same findings, wherever they come from."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spine_gen.cli.commands import app
from spine_gen.generate import generate, write_build
from spine_gen.output.memory import recall
from spine_gen.validation import validate_specs

SPEC = """\
spine: 1
domain: shop.orders
partitions:
  day: {type: date, start: 2025-01-01}
tiers: [BRONZE]
anomalies:
  ODD: {severity: ERROR}
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: "data/{day}.csv", malformed: ODD}
    table:
      name: shop_load
      key: [id, line]
      columns:
        id:     {type: string}
        line:   {type: integer}
        amount: {type: decimal, precision: 12, scale: 4}
      indexes: [{columns: [line], concurrently: true}]
  RATE:
    tier: BRONZE
    inputs: [LOAD]
    python: rate
    table: {name: shop_rate, key: [], columns: {rate: {type: float}}}
workflows:
  daily:
    steps: [{stage: LOAD}, {stage: RATE}]
"""
PACKAGE = Path("generated/shop_orders")
REVISION = PACKAGE / "migrations/0001_initial.py"


def change(old: str, new: str) -> Callable[[], None]:
    def apply() -> None:
        path = Path("orders.yaml")
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return apply


def edit(path: Path, more: str = "# more\n") -> Callable[[], None]:
    def apply() -> None:
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")

    return apply


def second(old: str, new: str) -> Callable[[], object]:
    return lambda: Path("second.yaml").write_text(SPEC.replace(old, new), encoding="utf-8")


def linked() -> None:
    (PACKAGE / "pipelines").rename("elsewhere")
    (PACKAGE / "pipelines").symlink_to(Path("elsewhere").absolute())


def no_folder() -> None:
    Path("generated").rename("old")
    Path("generated").write_text("a file", encoding="utf-8")


def going() -> None:
    edit(PACKAGE / "workflows/daily.py")()
    change("  daily:", "  nightly:\n    description: At night.")()


def taken() -> None:
    change("  daily:", "  nightly:\n    description: At night.")()
    (PACKAGE / "workflows/nightly.py").write_text("mine = True\n", encoding="utf-8")


def unfit() -> None:
    logic = PACKAGE / "logic/rate.py"
    logic.write_text(logic.read_text(encoding="utf-8").replace("load:", "laod:"), encoding="utf-8")


def unfit_beside_a_column() -> None:
    unfit()
    change("        line:", "        more: {type: string, nullable: true}\n        line:")()


def forked() -> None:
    other = REVISION.read_text(encoding="utf-8").replace("orders_0001", "orders_0002")
    (PACKAGE / "migrations/0002_other.py").write_text(other, encoding="utf-8")


HARMS: dict[str, tuple[str | None, Callable[[], object]]] = {
    "nothing": (None, lambda: None),
    "a description": (None, change("spine: 1\n", "spine: 1\ndescription: Orders.\n")),
    "a stage's description": (None, change("  RATE:", "  RATE:\n    description: Rate.")),
    "notes beside": (None, lambda: (PACKAGE / "notes.txt").write_text("mine", encoding="utf-8")),
    "logic of one's own": (None, lambda: (PACKAGE / "logic/more.py").write_text("", encoding="utf-8")),
    "logic that does not fit": ("SG703", unfit),
    "logic that does not fit, and a column": ("SG703", unfit_beside_a_column),
    "a spec that is wrong anyway": ("SG302", change("inputs: [LOAD]", "inputs: [LAOD]")),
    "one name twice": ("SG401", change("shop_rate", "shop__load")),
    "a keyword": ("SG403", change("day", "class")),
    "another spec's package": ("SG402 SG508", second("shop.orders", "shop_orders")),
    "another spec's table": ("SG404", second("shop.orders", "shop.other")),
    "an edited file": ("SG501", edit(PACKAGE / "tables.py")),
    "an edited file that goes": ("SG501", going),
    "a file in the way": ("SG502", taken),
    "a lock in conflict": ("SG503", edit(PACKAGE / "spine.lock.json", "<<<<<<< ours\n")),
    "no lock": ("SG504", (PACKAGE / "spine.lock.json").unlink),
    "a link": ("SG505", linked),
    "no folder": ("SG505", no_folder),
    "a workflow with another name": ("SG607", change("  daily:", "  nightly:")),
    "a domain with another name": (None, change("shop.orders", "shop.sales\nrenamed_from: shop.orders")),
    "a column less": ("SG601", change("        amount: {type: decimal, precision: 12, scale: 4}\n", "")),
    "a required column": ("SG602", change("        line:", "        more: {type: string}\n        line:")),
    "a narrower type": ("SG603", change("scale: 4", "scale: 2")),
    "a looser key": ("SG604", change("key: [id, line]", "key: [id]")),
    "other partition keys": ("SG610", change("day: {type: date, start: 2025-01-01}", "day: {type: month}")),
    "a later start": (None, change("start: 2025-01-01", "start: 2025-02-01")),
    "an edited revision": ("SG605", edit(REVISION)),
    "a revision gone": ("SG605", REVISION.unlink),
    "another revision": ("SG605", forked),
}  # fmt: skip


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.yaml").write_text(SPEC, encoding="utf-8")
    write_build(generate([tmp_path / "orders.yaml"], tmp_path / "generated"))
    return tmp_path


@pytest.mark.parametrize("harm", HARMS)
def test_it_is_what_a_build_says(built: Path, harm: str) -> None:
    code, apply = HARMS[harm]
    apply()
    specs = sorted(built.glob("*.yaml"))
    plan = generate(specs, built / "generated")
    found = [item for spec in validate_specs(specs, built / "generated", built) for item in spec.diagnostics]
    assert sorted(found, key=str) == sorted((*plan.diagnostics, *plan.logic), key=str)
    assert {item.code for item in found} == {*(code or "").split()}


@pytest.mark.parametrize("harm", HARMS)
def test_what_a_build_remembers_hides_none_of_it(built: Path, harm: str) -> None:
    command = ["validate", "--format", "json", "."]
    CliRunner().invoke(app, ["build", "orders.yaml"])
    assert recall(built, built / "generated").unchanged([Path("orders.yaml")])
    HARMS[harm][1]()
    remembering = CliRunner().invoke(app, command)
    shutil.rmtree(built / ".spine-gen")
    afresh = CliRunner().invoke(app, command)
    assert (remembering.stdout, remembering.exit_code) == (afresh.stdout, afresh.exit_code)
    assert all(code in afresh.stdout for code in (HARMS[harm][0] or "").split())


@pytest.mark.parametrize(
    "harm", ["another spec's table", "a narrower type", "an edited file", "logic that does not fit"]
)
def test_it_has_the_texts_for_its_excerpts(built: Path, harm: str) -> None:
    HARMS[harm][1]()
    specs = sorted(built.glob("*.yaml"))
    found = validate_specs(specs, built / "generated", built)
    texts = {path: text for spec in found for path, text in ((spec.path, spec.text), *spec.texts.items())}
    places = [
        place
        for spec in found
        for item in spec.diagnostics
        for place in (item.place, *(at.place for at in item.labels))
    ]
    assert places
    assert all(texts[place.path] for place in places if place.path.endswith((".yaml", "rate.py")))


def test_a_spec_without_a_file_is_judged_with_its_package(built: Path) -> None:
    shown = Path("<stdin>")
    for text, codes in ((SPEC, []), (SPEC.replace("scale: 4", "scale: 2"), ["SG603"])):
        (found,) = validate_specs([shown], built / "generated", built, contents={shown: text.encode()})
        assert ([item.code for item in found.diagnostics], found.path) == (codes, "<stdin>")


def test_a_package_in_order_costs_no_plan(built: Path) -> None:
    """Which would load libraries that take longer than all else."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from spine_gen.validation import validate_specs\n"
        "(found,) = validate_specs([Path('orders.yaml')], Path('generated'), Path())\n"
        "print(found.diagnostics, {'pydantic', 'jinja2', 'sqlalchemy', 'jsonschema'} & {*sys.modules})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)},
    )
    assert done.stdout == "() set()\n"
