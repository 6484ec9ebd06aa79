"""Logic held against what is generated: every finding, and what is not certain enough to be one."""

import ast
import inspect
import itertools
import re
from functools import cache
from typing import Any, NamedTuple

import pytest

from spine_gen.logic.check import LogicFindings, check_logic
from spine_gen.spec.check import check_spec
from spine_gen.spec.language import Spec

SPEC = """\
spine: 1
domain: desk.deals
renamed_from: desk.trades
partitions:
  day: {type: date, start: 2025-01-01}
tiers: [BRONZE]
anomalies:
  ODD_PRICE: {severity: INFO}
  NO_PRICE: {severity: INFO, renamed_from: PRICELESS}
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: "data/{day}.csv"}
    table:
      name: deal
      renamed_from: trade
      key: [id]
      columns:
        id: {type: integer}
        price: {type: decimal, precision: 9, scale: 4, nullable: true}
  TIDY:
    tier: BRONZE
    inputs: [LOAD]
    sql: SELECT id FROM LOAD
    table: {name: tidy, key: [id], columns: {id: {type: integer}}}
  RATE:
    tier: BRONZE
    inputs: [LOAD, TIDY]
    python: rate
    table: {name: rate, key: [], columns: {mean: {type: float}, count: {type: integer}}}
"""
IMPORTS = """\
from collections.abc import Iterator

from spine import Capture, InputRows

from .. import anomalies as codes
from ..rows import DealRow, RateRow, TidyRow
"""
DEF = "def rate(capture: Capture, load: InputRows[DealRow], tidy: InputRows[TidyRow]) -> Iterator[RateRow]:\n"
STUB = f"{IMPORTS}\n{DEF}    raise NotImplementedError\n"


@cache
def spec_of(text: str = SPEC) -> Spec:
    checked = check_spec(text.encode(), "desk.yaml")
    assert checked.spec is not None, checked.diagnostics
    return checked.spec


def check(code: str | bytes, spec: str = SPEC) -> LogicFindings:
    content = code if isinstance(code, bytes) else code.encode()
    return check_logic(spec_of(spec), {"logic/rate.py": content}, "generated/desk_deals")


def said(code: str | bytes, spec: str = SPEC) -> list[str]:
    """What is found: code, line, what the place holds, headline and help."""
    found = check(code, spec)
    lines = []
    for item in found.diagnostics:
        assert item.place.path == "generated/desk_deals/logic/rate.py"
        start, end = item.place.span.start, item.place.span.end
        held = ""
        if start.line == end.line:
            held = found.texts[item.place.path].split("\n")[start.line - 1][start.column - 1 : end.column - 1]
        lines.append(f"{item.code} {start.line} {held!r}: {item.headline}; {item.help}")
    return lines


def rate(parameters: str, result: str = "") -> str:
    return f"{IMPORTS}def rate({parameters}){result}:\n    return []\n"


@pytest.mark.parametrize(
    "code",
    [
        STUB,
        STUB.replace("\n", "\r\n"),
        f"\ufeff{STUB}",
        f"# -*- coding: latin-1 -*-\n{STUB}# \xe9\n".encode("latin-1"),
        "def rate(capture, load, tidy): return []",
        "def rate(anything, tidy, load, more=1): return []",
        "def rate(capture, /, *, tidy, load): return []",
        "def rate(*args, **inputs): return []",
        "def rate(capture, **inputs): return []",
        "def rate(capture, load, **inputs): return []",
        "from elsewhere import rate",
        "from elsewhere import compute as rate",
        "from elsewhere import *",
        "rate = make()",
        "rate: object = make()",
        "if FAST:\n    def rate(capture): return []\nelse:\n    def rate(load): return []",
        "@decorated\ndef rate(nothing): return []",
        "@decorated\nasync def rate(nothing): return []",
        "def __getattr__(name): return print",
        rate("capture, load: InputRows, tidy: list[Mine]", " -> Iterator[tuple[int, str]]"),
        rate('capture, load: "InputRows[DealRow]", tidy: InputRows["TidyRow"]', " -> list[RateRow | None]"),
        STUB
        + "RateRow(1.0, 2)\nRateRow(1.0, count_=2)\nRateRow(*two)\nRateRow(1.0, **rest)\nMine(1, 2, 3)\n",
        STUB + "def other(RateRow): return RateRow(1)\n",  # a name of two things
        STUB + "for codes in []: codes.NOTHING\n",
        STUB + "codes.ODD_PRICE.code\ncodes.__doc__\ncodes.AnomalyCode\n",
        STUB + "from ..tables import deal, metadata, Table\nfrom ..domain import DOMAIN, PARTITIONS, TIERS\n",
        STUB
        + "from ..rows import *\nfrom . import helpers\nfrom .helpers import mean\nfrom ..more import x\n",
        STUB
        + "import desk_deals.rows\nfrom desk_deals.anomalies import ODD_PRICE\ndesk_deals.rows.DealRow\n",
        STUB + "try:\n    from ..rows import NewRow\nexcept ImportError:\n    NewRow = DealRow\n",
        STUB + 'PATTERN = "\\d"\n',  # a warning of the code's own
    ],
)
def test_what_fits_or_is_not_certain_is_not_told(code: str | bytes) -> None:
    assert said(code) == []


def test_a_python_stage_without_inputs() -> None:
    spec = SPEC.replace("    inputs: [LOAD, TIDY]\n    python", "    python")
    assert said("def rate(capture): return []", spec) == []
    (told,) = said("def rate(): return []", spec)
    assert told.startswith("SG703 1 'rate': rate takes nothing by position")


@pytest.mark.parametrize(
    ("code", "pattern"),
    [
        ("def rate(capture:\n", r"SG701 1 '': not readable as Python: .*"),
        ("x = 1\n<<<<<<< ours\n", r"SG701 2 '': not readable as Python: invalid syntax; mend it.*"),
        (b"x = '\xff'", r"SG701 1 '': not readable as Python: .*"),
        (b"x = 1\0", r"SG701 1 '': not readable as Python: .*"),
        (b"# coding: nothing\n", r"SG701 1 '': not readable as Python: .*"),
        ("-" * 100_000 + "1", r"SG701 1 '': not readable as Python: .*"),
    ],
)
def test_what_is_not_python(code: str | bytes, pattern: str) -> None:
    (told,) = said(code)
    assert re.fullmatch(pattern, told)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            "def rat(capture, load, tidy): ...",
            "SG702 1 '': there is no rate, which the pipeline of RATE imports from here; "
            'did you mean "rat"?',
        ),
        (
            "X = 1",
            "SG702 1 '': there is no rate, which the pipeline of RATE imports from here; "
            "write def rate(capture: Capture, load: InputRows[DealRow], tidy: InputRows[TidyRow])",
        ),
        (
            "class rate: ...",
            "SG702 1 'rate': rate is a class, and the pipeline of RATE calls a function; "
            "write def rate(capture: Capture, load: InputRows[DealRow], tidy: InputRows[TidyRow])",
        ),
        (
            "async  def  rate(capture): ...",
            "SG702 1 'rate': rate is an async function, and the pipeline of RATE calls a function; "
            "write def rate(capture: Capture, load: InputRows[DealRow], tidy: InputRows[TidyRow])",
        ),
    ],
)
def test_no_function(code: str, told: str) -> None:
    assert said(code) == [told]


ADD = "add the parameter tidy: InputRows[TidyRow]"
LESS = (
    "remove it, give it a default, or declare the input in the spec: "
    "the pipeline of RATE passes the capture, "
)
RENAMED = "'clean': rate takes clean, but the pipeline of RATE passes tidy; write tidy: InputRows[TidyRow]"


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ("capture, load", [f"'rate': rate does not take tidy, which the pipeline of RATE passes; {ADD}"]),
        (
            "capture, load, clean",
            [RENAMED],
        ),
        (
            "capture, load, *, clean",
            [RENAMED],
        ),
        (
            "capture, load, tidy, more",
            [f"'more': rate requires more, and nothing is passed for it; {LESS}load and tidy"],
        ),
        (
            "capture, load, tidy, *, more, other=1",
            [f"'more': rate requires more, and nothing is passed for it; {LESS}load and tidy"],
        ),
        (
            "capture, one, two",
            [
                "'rate': rate does not take load, which the pipeline of RATE passes; "
                "add the parameter load: InputRows[DealRow]",
                f"'rate': rate does not take tidy, which the pipeline of RATE passes; {ADD}",
                f"'one': rate requires one, and nothing is passed for it; {LESS}load and tidy",
                f"'two': rate requires two, and nothing is passed for it; {LESS}load and tidy",
            ],
        ),
        (
            "load, tidy",
            [
                "'load': rate takes load first, where the pipeline of RATE passes the capture; "
                "make capture: Capture its first parameter"
            ],
        ),
        (
            "*, load, tidy",
            [
                "'rate': rate takes nothing by position, and the pipeline of RATE passes the capture so; "
                "make capture: Capture its first parameter"
            ],
        ),
        (
            "capture, load, /, tidy",
            [
                "'load': rate takes load by position only, and the pipeline of RATE passes it by name; "
                "put the / right behind the capture"
            ],
        ),
        (
            "capture, more, /, **inputs",
            [f"'more': rate requires more, and nothing is passed for it; {LESS}load and tidy"],
        ),
    ],
)
def test_what_is_passed_is_taken(parameters: str, told: list[str]) -> None:
    assert said(f"def rate({parameters}): return []") == [f"SG703 1 {each}" for each in told]


@pytest.mark.parametrize(
    ("parameters", "result", "told"),
    [
        (
            "capture, load: InputRows[TidyRow], tidy",
            "",
            "'InputRows[TidyRow]': load is annotated with TidyRow, and its rows are DealRow; "
            "write load: InputRows[DealRow]",
        ),
        (
            'capture, load, *, tidy: "InputRows[DealRow]"',
            "",
            "'\"InputRows[DealRow]\"': tidy is annotated with DealRow, and its rows are TidyRow; "
            "write tidy: InputRows[TidyRow]",
        ),
        (
            "capture, load, tidy",
            " -> Iterator[DealRow]",
            "'Iterator[DealRow]': rate is annotated to give DealRow, and the rows of RATE are RateRow; "
            "write -> Iterator[RateRow]",
        ),
        (
            "é, load, tidy",
            " -> list[DealRow]",
            "'list[DealRow]': rate is annotated to give DealRow, and the rows of RATE are RateRow; "
            "write -> Iterator[RateRow]",
        ),
    ],
)
def test_annotations_name_the_rows_that_are_there(parameters: str, result: str, told: str) -> None:
    assert said(rate(parameters, result)) == [f"SG704 7 {told}"]


ARROW = SPEC.replace("python: rate", "python: rate\n    rows: arrow")


@pytest.mark.parametrize(
    ("imported", "parameter"),
    [
        ("ArrowRows", "load: ArrowRows"),
        ("ArrowRows", 'load: "ArrowRows"'),
        ("ArrowRows as Frame", "load: Frame"),
        ("ArrowRows, InputRows", "load: ArrowRows | InputRows[DealRow]"),
        ("Capture", "load: pl.DataFrame"),
        ("Capture", "load"),
    ],
)
def test_what_takes_arrow_is_not_told(imported: str, parameter: str) -> None:
    code = f"from spine import {imported}\ndef rate(capture, {parameter}, tidy) -> Iterator[RateRow]: ...\n"
    assert said(f"{IMPORTS}{code}", ARROW) == []


@pytest.mark.parametrize(
    ("spec", "imported", "annotation", "told"),
    [
        (ARROW, "InputRows", "InputRows[DealRow]", "InputRows, and its rows come as Arrow"),
        (ARROW, "InputRows as Rows", '"Rows"', "InputRows, and its rows come as Arrow"),
        (ARROW, "Capture", "list[DealRow]", "DealRow, and its rows come as Arrow"),
        (SPEC, "ArrowRows", "ArrowRows", "ArrowRows, and its rows come as DealRow"),
    ],
)
def test_annotations_name_the_form_in_which_rows_come(
    spec: str, imported: str, annotation: str, told: str
) -> None:
    code = f"{IMPORTS}from spine import {imported}\ndef rate(capture, load: {annotation}, tidy): ...\n"
    (found,) = said(code, spec)
    write = "ArrowRows" if spec is ARROW else "InputRows[DealRow]"
    assert found.startswith("SG704 ")
    assert found.endswith(f": load is annotated with {told}; write load: {write}")


def test_an_earlier_name_stands_for_the_row_in_annotations() -> None:
    parameters = "capture, load: list[TradeRow], tidy: list[TradeRow]"
    code = f"from ..rows import TradeRow\ndef rate({parameters}): return []\n"
    assert [each[:7] for each in said(code)] == ["SG706 1", "SG704 2"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            "from ..rows import DaelRow",
            '\'DaelRow\': rows.py has no DaelRow; did you mean "DealRow" or "RateRow"?',
        ),
        (
            "from ..rows import (RateRow as R, DaelRow as D)",
            '\'DaelRow\': rows.py has no DaelRow; did you mean "DealRow" or "RateRow"?',
        ),
        (
            "from desk_deals.rows import DaelRow",
            '\'DaelRow\': rows.py has no DaelRow; did you mean "DealRow" or "RateRow"?',
        ),
        (
            "def more():\n    from ..anomalies import XYZ",
            '\'XYZ\': anomalies.py has no XYZ; use "ODD_PRICE" or "NO_PRICE"',
        ),
        ("from ..tables import deals", "'deals': tables.py has no deals; did you mean \"deal\"?"),
        ("from ..domain import TIER", "'TIER': domain.py has no TIER; did you mean \"TIERS\"?"),
        (
            "codes.ODD_PRIZE.code",
            '\'ODD_PRIZE\': anomalies.py has no ODD_PRIZE; did you mean "ODD_PRICE" or "NO_PRICE"?',
        ),
        (
            "import desk_deals.tables as t; t.deals",
            "'deals': tables.py has no deals; did you mean \"deal\"?",
        ),
        (
            "import desk_deals.tables; desk_deals.tables.deals",
            "'deals': tables.py has no deals; did you mean \"deal\"?",
        ),
    ],
)
def test_names_are_there(code: str, told: str) -> None:
    line = STUB.count("\n") + 1 + code.count("\n")
    assert said(STUB + code) == [f"SG705 {line} {told}"]


def test_a_spec_without_codes_has_no_module_of_them() -> None:
    spec = re.sub(r"anomalies:\n(  .*\n){2}", "", SPEC)
    (told,) = said(STUB + "codes.ODD_PRICE\n", spec)
    assert told.startswith(
        "SG705 5 'anomalies': the package has no anomalies.py; the spec declares no anomaly"
    )


def test_earlier_names_are_told_as_warnings() -> None:
    found = check(f"{STUB}from ..rows import TradeRow as T\ncodes.PRICELESS\n")
    assert [(item.code, item.severity, item.headline) for item in found.diagnostics] == [
        ("SG706", "warning", "TradeRow is called DealRow by now"),
        ("SG706", "warning", "PRICELESS is called NO_PRICE by now"),
    ]
    assert {str(item.help) for item in found.diagnostics} == {
        "write DealRow: the earlier name goes when renamed_from goes",
        "write NO_PRICE: the earlier name goes when renamed_from goes",
    }


@pytest.mark.parametrize(
    "code",
    ["from desk_trades.rows import DealRow as D", "from desk_trades import rows", "import desk_trades.rows"],
)
def test_the_earlier_package_is_told(code: str) -> None:
    (told,) = said(f"{STUB}{code}\n")
    assert told.startswith("SG707 10 ")
    assert told.endswith("write desk_deals instead of desk_trades, or import from .. as the stubs do")
    without = SPEC.replace("renamed_from: desk.trades\n", "")
    assert said(f"{STUB}{code}\n", without) == []


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            "RateRow(1.0, 2, 3)",
            "'RateRow': RateRow is made of 3 values, and has 2 fields; give mean, count_",
        ),
        ("RateRow(1.0)", "'RateRow': RateRow is made without count_; give all of mean, count_"),
        (
            "RateRow(mean=1.0, count=2)",
            "'count': RateRow has no field count; did you mean \"count_\"?",
        ),
        (
            "RateRow(1.0, mean=2, count_=3)",
            "'mean': RateRow is given mean twice, by position and by name; give it once",
        ),
        (
            "[RateRow() for _ in ()]",
            "'RateRow': RateRow is made without mean, count_; give all of mean, count_",
        ),
    ],
)
def test_rows_are_made_of_their_fields(code: str, told: str) -> None:
    assert said(f"{STUB}{code}\n") == [f"SG708 10 {told}"]


def parameter_lists() -> list[str]:
    """Every order of one to four of these, with and without / and *, as far as Python reads it."""
    words = ("capture", "load", "tidy", "more", "other=1", "*", "/", "*all", "**rest")
    found = []
    for count in range(1, 5):
        for chosen in itertools.permutations(words, count):
            try:
                ast.parse(f"def rate({', '.join(chosen)}): ...")
            except SyntaxError:
                continue
            found.append(", ".join(chosen))
    return found


def test_a_signature_is_wrong_where_python_refuses_the_call() -> None:
    lists = parameter_lists()
    assert len(lists) > 700
    differing = []
    for parameters in lists:
        names: dict[str, Any] = {}
        exec(f"def rate({parameters}): ...", names)
        try:
            inspect.signature(names["rate"]).bind(object(), load=[], tidy=[])
            called = True
        except TypeError:
            called = False
        if called != (said(f"def rate({parameters}): ...") == []):
            differing.append(parameters)
    assert differing == []


def test_a_row_is_wrong_where_python_refuses_to_make_it() -> None:
    class RateRow(NamedTuple):
        mean: float
        count_: int

    arguments = ("1", "2", "3", "mean=1", "count_=2", "count=3")
    for count in range(5):
        for chosen in itertools.combinations(arguments, count):
            text = f"RateRow({', '.join(chosen)})"
            try:
                eval(text, {"RateRow": RateRow})
                works = True
            except TypeError:
                works = False
            assert works == (said(STUB + text) == []), text
