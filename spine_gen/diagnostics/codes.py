"""The one table of diagnostic codes: SG1xx YAML, 2xx shape, 3xx meaning, 4xx plan and render, 5xx output,
6xx migration.

A code keeps its meaning for ever; one that is no longer used is not given out again. What a code means at
length is the docstring of the function or module that finds it, which `explain` reads.
"""

import importlib
import inspect
from dataclasses import dataclass

from spine_gen.diagnostics.diagnostic import Severity
from spine_gen.diagnostics.suggest import near_names
from spine_gen.errors import UnknownCodeError

_YAML = "spine_gen.source.problems"
_SHAPE = "spine_gen.spec.shape_problems"
_ACKNOWLEDGED = "spine_gen.spec.acknowledging"
_COLLISIONS = "spine_gen.plan.collisions"
_OUTPUT = "spine_gen.output.findings"
_RULES = "spine_gen.spec.rules"
_SAFETY = "spine_gen.migrations.safety"


@dataclass(frozen=True, slots=True)
class Code:
    """One code: `found_by` is a module, or `module:function`, whose docstring explains it."""

    code: str
    title: str
    found_by: str
    severity: Severity = "error"


_TABLE = (
    Code("SG101", "the file is not UTF-8", f"{_YAML}:not_utf8"),
    Code("SG102", "not valid YAML", f"{_YAML}:syntax"),
    Code("SG103", "a key is there twice", f"{_YAML}:duplicate_key"),
    Code("SG104", "the file is empty", f"{_YAML}:empty"),
    Code("SG105", "more than one YAML document", f"{_YAML}:several_documents"),
    Code("SG106", "aliases stand for too much", f"{_YAML}:too_many_values"),
    Code("SG107", "an alias names nothing, or itself", f"{_YAML}:bad_alias"),
    Code("SG108", "a key is not a name", f"{_YAML}:bad_key"),
    Code("SG109", "a YAML tag", f"{_YAML}:tag"),
    Code("SG110", "the file is too large or too deep", f"{_YAML}:too_large"),
    Code("SG201", "a key is missing", f"{_SHAPE}:missing_key"),
    Code("SG202", "an unknown key", f"{_SHAPE}:unknown_key"),
    Code("SG203", "a value of the wrong type", f"{_SHAPE}:wrong_type"),
    Code("SG204", "a value that is not on the list", f"{_SHAPE}:wrong_value"),
    Code("SG205", "a name in the wrong form", f"{_SHAPE}:bad_name"),
    Code("SG206", "a number out of range", f"{_SHAPE}:out_of_range"),
    Code("SG207", "nothing where something is needed", f"{_SHAPE}:empty"),
    Code("SG208", "no kind, or several", f"{_SHAPE}:wrong_kind"),
    Code("SG209", "a key that does not apply here", f"{_SHAPE}:inapplicable_key"),
    Code("SG210", "a text that is too long", f"{_SHAPE}:too_long"),
    Code("SG211", "an item that is listed twice", f"{_SHAPE}:repeated_items"),
    Code("SG212", "parts in the wrong place", f"{_SHAPE}:misplaced"),
    Code("SG301", "a domain name that cannot be a package", f"{_RULES}.domain_name"),
    Code("SG302", "a stage that is not defined", f"{_RULES}.undefined_stage"),
    Code("SG303", "a tier that is not declared", f"{_RULES}.undefined_tier"),
    Code("SG304", "an anomaly code that is not declared", f"{_RULES}.undefined_anomaly"),
    Code("SG305", "a choice that leads nowhere", f"{_RULES}.step_target"),
    Code("SG306", "stages that read each other in a circle", f"{_RULES}.stage_cycle"),
    Code("SG307", "an input from a higher tier", f"{_RULES}.tier_order"),
    Code("SG308", "a table that two stages write", f"{_RULES}.table_name"),
    Code("SG309", "a table name that is taken", f"{_RULES}.reserved_table_name"),
    Code("SG310", "a column name that is taken", f"{_RULES}.reserved_column_name"),
    Code("SG311", "a key column that is not a column", f"{_RULES}.key_columns"),
    Code("SG312", "a key column without comparable values", f"{_RULES}.key_values"),
    Code("SG313", "a decimal with more places than digits", f"{_RULES}.decimal_digits"),
    Code("SG314", "a decimal that SQLite cannot hold exactly", f"{_RULES}.decimal_exactness", "warning"),
    Code("SG315", "a window without one dimension of time", f"{_RULES}.window_dimension"),
    Code("SG316", "a path that partitions cannot fill", f"{_RULES}.path_template"),
    Code("SG317", "a path that is the same for several partitions", f"{_RULES}.path_dimensions"),
    Code("SG318", "a path that leaves the data root", f"{_RULES}.path_outside"),
    Code("SG319", "a bound that is no partition", f"{_RULES}.partition_bounds"),
    Code("SG320", "a dimension that ends before it starts", f"{_RULES}.partition_order"),
    Code("SG321", "an enum value that cannot stand in a key", f"{_RULES}.enum_values"),
    Code("SG322", "a pattern that is wrong or slow", f"{_RULES}.string_pattern"),
    Code("SG324", "an anomaly code that is never recorded", f"{_RULES}.unused_anomaly", "warning"),
    Code("SG325", "a highest rate that does nothing", f"{_RULES}.max_rate_action"),
    Code("SG326", "a function name that is taken", f"{_RULES}.python_function"),
    Code("SG327", "a step name that is taken", f"{_RULES}.step_names"),
    Code("SG328", "a required key that no run is given", f"{_RULES}.require_keys"),
    Code("SG329", "a schedule that is no cron expression", f"{_RULES}.schedule"),
    Code("SG330", "a condition that cannot be read", f"{_RULES}.condition_syntax"),
    Code("SG331", "a condition about a stage that runs later", f"{_RULES}.condition_order"),
    Code("SG332", "a condition that compares unlike things", f"{_RULES}.condition_types"),
    Code("SG333", "a source name that does not fit", f"{_RULES}.source_names"),
    Code("SG335", "a stage name that is a word of SQL", f"{_RULES}.stage_name"),
    Code("SG336", "a name too long for PostgreSQL", f"{_RULES}.name_length"),
    Code("SG337", "a text with invisible characters", f"{_RULES}.text_characters"),
    Code("SG338", "CSV signs that cannot be told apart", f"{_RULES}.csv_marks"),
    Code("SG339", "inputs that do not fit the kind of stage", f"{_RULES}.stage_inputs"),
    Code("SG340", "an input that the SQL does not read", f"{_RULES}.unread_input", "warning"),
    Code("SG341", "a stage that runs before its input", f"{_RULES}.workflow_order"),
    Code("SG342", "a step that is never reached", f"{_RULES}.unreachable_step", "warning"),
    Code("SG343", "an acknowledgement of what is no warning", f"{_ACKNOWLEDGED}:impossible"),
    Code("SG344", "an acknowledgement of nothing", f"{_ACKNOWLEDGED}:unneeded", "warning"),
    Code("SG350", "a check that cannot be read as SQL", f"{_RULES}.when_syntax"),
    Code("SG351", "a check that databases understand differently", f"{_RULES}.when_portable"),
    Code("SG352", "a check on a column that is not there", f"{_RULES}.when_columns"),
    Code("SG353", "a check that compares unlike things", f"{_RULES}.when_types"),
    Code("SG354", "a check that does not look at the row", f"{_RULES}.when_constant"),
    Code("SG360", "SQL that cannot be read", f"{_RULES}.sql_syntax"),
    Code("SG361", "SQL that is not one SELECT", f"{_RULES}.sql_one_select"),
    Code("SG362", "SQL that reads what is no input", f"{_RULES}.sql_tables"),
    Code("SG363", "SQL that is not allowed in a stage", f"{_RULES}.sql_allowed"),
    Code("SG364", "SQL on a column that is not there", f"{_RULES}.sql_columns"),
    Code("SG365", "SQL whose columns are not the table's", f"{_RULES}.sql_output"),
    Code("SG366", "SQL whose types are not the table's", f"{_RULES}.sql_types"),
    Code("SG367", "SQL that only one database understands", f"{_RULES}.sql_portable"),
    Code("SG401", "two names that become one", f"{_COLLISIONS}:same_name"),
    Code("SG402", "two specs for one package", f"{_COLLISIONS}:same_package"),
    Code("SG403", "a dimension named like a keyword", f"{_COLLISIONS}:keyword_dimension"),
    Code("SG404", "two specs for one table", f"{_COLLISIONS}:same_table"),
    Code("SG501", "a generated file was changed by hand", f"{_OUTPUT}:edited_file"),
    Code("SG502", "a file in the place of a generated one", f"{_OUTPUT}:foreign_file"),
    Code("SG503", "the lock is not readable", f"{_OUTPUT}:unreadable_lock"),
    Code("SG504", "migrations without a lock", f"{_OUTPUT}:missing_lock"),
    Code("SG505", "something in the way of a generated file", f"{_OUTPUT}:blocked_path"),
    Code("SG506", "generated files are not up to date", f"{_OUTPUT}:stale_file"),
    Code("SG507", "a package without a spec", f"{_OUTPUT}:orphaned_package"),
    Code("SG601", "data is destroyed", f"{_SAFETY}:data_destroyed", "warning"),
    Code("SG602", "a required column on a table with rows", f"{_SAFETY}:required_column"),
    Code("SG603", "a type that does not hold every value", f"{_SAFETY}:narrowed_type"),
    Code("SG604", "a key that loses a column", f"{_SAFETY}:looser_key"),
    Code("SG605", "the line of revisions is broken", f"{_SAFETY}:broken_line"),
)
CODES = {entry.code: entry for entry in _TABLE}


def explain(code: str) -> str:
    """What a code means, why it matters, with a bad and a good spec; UnknownCodeError where there is none."""
    entry = CODES.get(code.upper())
    if entry is None:
        raise unknown_code(code)
    module_name, _, function = entry.found_by.partition(":")
    module = importlib.import_module(module_name)
    explained = getattr(module, function) if function else module
    return f"{entry.code} ({entry.severity}): {inspect.getdoc(explained)}\n"


def unknown_code(code: str) -> UnknownCodeError:
    """The error that says so, with codes that are near."""
    return UnknownCodeError(code, near_names(code.upper(), CODES))
