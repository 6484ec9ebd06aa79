"""Derived names and import lines: what Python, ruff and the file systems need them to be."""

import pytest

from spine_gen.plan import naming
from spine_gen.plan.imports import Import, import_block, natural_order
from spine_gen.spec.language import Table


def table(name: str) -> Table:
    return Table(name=name, key=(), columns=())


@pytest.mark.parametrize(
    ("stage", "module", "name"),
    [
        ("INGEST", "ingest", "IngestPipeline"),
        ("DAILY_RETURNS", "daily_returns", "DailyReturnsPipeline"),
        ("CLASS", "class_", "ClassPipeline"),
        ("CON", "con_", "ConPipeline"),
        ("X2", "x2", "X2Pipeline"),
    ],
)
def test_a_stage_has_a_module_and_a_class(stage: str, module: str, name: str) -> None:
    assert naming.pipeline_module(stage) == module
    assert naming.pipeline_class(stage) == name


def test_a_table_has_a_variable_a_row_and_what_hangs_on_it() -> None:
    assert naming.row_class(table("finra_otc_volume")) == "FinraOtcVolumeRow"
    assert naming.table_variable(table("finra_otc_volume")) == "finra_otc_volume"
    assert naming.table_variable(table("metadata")) == "metadata_"
    assert naming.primary_key(table("t")) == "pk_t"
    assert naming.current_view(table("t")) == "t_current"


@pytest.mark.parametrize("column", ["count", "index", "class", "str", "int", "float", "bool", "dt"])
def test_a_field_leaves_a_tuple_its_own_names(column: str) -> None:
    assert naming.row_field(column) == f"{column}_"


def test_inputs_and_functions_leave_the_pipeline_its_own_names() -> None:
    assert naming.input_constant("INGEST") == "INGEST"
    assert naming.input_constant("SOURCE") == "SOURCE_INPUT"
    assert naming.input_argument("CAPTURE") == "capture_"
    assert naming.logic_function("score") == "score"
    for taken in ("tables", "makes", "run"):
        assert naming.logic_function(taken) == f"{taken}_function"


def test_imports_stand_in_sections_sorted_as_ruff_does() -> None:
    block = import_block(
        {
            Import("spine", "register_pipeline"),
            Import("spine", "Check"),
            Import("..domain", "DOMAIN"),
            Import("..", "tables"),
            Import("..", "anomalies", "codes"),
            Import("datetime", None, "dt"),
            Import("sqlalchemy", "Column"),
            Import("decimal", "Decimal"),
            Import("..rows", "Row10"),
            Import("..rows", "Row9"),
        }
    )
    assert block == (
        "import datetime as dt",
        "from decimal import Decimal",
        "",
        "from spine import Check, register_pipeline",
        "from sqlalchemy import Column",
        "",
        "from .. import anomalies as codes",
        "from .. import tables",
        "from ..domain import DOMAIN",
        "from ..rows import Row9, Row10",
    )


def test_a_long_import_has_a_name_a_line() -> None:
    names = [f"a_rather_long_name_{letter}" for letter in "abcd"]
    block = import_block({Import("spine", name) for name in names})
    assert block == ("from spine import (", *(f"    {name}," for name in names), ")")


def test_numbers_in_names_sort_by_value() -> None:
    assert sorted(["a10", "a9", "B1", "a"], key=natural_order) == ["a", "a9", "a10", "B1"]
