"""What a spec has to mean: one rule a module, each with its code and a docstring that explains it."""

from collections.abc import Iterator
from typing import Protocol

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.rules import (
    condition_order,
    condition_syntax,
    condition_types,
    csv_marks,
    decimal_digits,
    decimal_exactness,
    domain_name,
    enum_values,
    key_columns,
    key_values,
    max_rate_action,
    name_length,
    partition_bounds,
    partition_order,
    path_dimensions,
    path_outside,
    path_template,
    python_function,
    require_keys,
    reserved_column_name,
    reserved_table_name,
    schedule,
    source_names,
    stage_cycle,
    stage_inputs,
    stage_name,
    step_names,
    step_target,
    string_pattern,
    table_name,
    text_characters,
    tier_order,
    undefined_anomaly,
    undefined_stage,
    undefined_tier,
    unreachable_step,
    unused_anomaly,
    window_dimension,
    workflow_order,
)


class Rule(Protocol):
    """A module that finds one kind of problem in a draft."""

    @property
    def CODE(self) -> str: ...

    def check(self, draft: Draft) -> Iterator[Diagnostic]: ...


RULES: tuple[Rule, ...] = (
    domain_name,
    undefined_stage,
    undefined_tier,
    undefined_anomaly,
    step_target,
    stage_cycle,
    tier_order,
    table_name,
    reserved_table_name,
    reserved_column_name,
    key_columns,
    key_values,
    decimal_digits,
    decimal_exactness,
    window_dimension,
    path_template,
    path_dimensions,
    path_outside,
    partition_bounds,
    partition_order,
    enum_values,
    string_pattern,
    unused_anomaly,
    max_rate_action,
    python_function,
    step_names,
    require_keys,
    schedule,
    condition_syntax,
    condition_order,
    condition_types,
    source_names,
    stage_name,
    name_length,
    text_characters,
    csv_marks,
    stage_inputs,
    workflow_order,
    unreachable_step,
)
