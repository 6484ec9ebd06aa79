"""The diagnostic codes: SG1xx YAML, 2xx shape, 3xx meaning, 4xx plan and render, 5xx output,
6xx migration, 7xx logic.

A code keeps its meaning for ever; one that is no longer used is not given out again. What a code means at
length is the docstring of the function that finds it, which `explain` reads. Those of the rules (SG3xx) stand
with the rules, whole.
"""

import importlib
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from spine_gen.diagnostics.diagnostic import Severity
from spine_gen.diagnostics.suggest import near_names
from spine_gen.errors import UnknownCodeError

_YAML = "spine_gen.source.problems"
_SHAPE = "spine_gen.spec.shape_problems"
_ACKNOWLEDGED = "spine_gen.spec.acknowledging"
_COLLISIONS = "spine_gen.plan.collisions"
_CALENDARS = "spine_gen.calendars.findings"
_OUTPUT = "spine_gen.output.findings"
_REVISIONS = "spine_gen.migrations.findings"
_LOCKS = "spine_gen.migrations.lock_findings"
_LOGIC = "spine_gen.logic.findings"


@dataclass(frozen=True, slots=True)
class Code:
    """One code, with what explains it, or the `module:function` whose docstring does."""

    code: str
    title: str
    found_by: str = ""
    severity: Severity = "error"
    explanation: str | None = None


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
    Code("SG343", "an acknowledgement of what is no warning", f"{_ACKNOWLEDGED}:impossible"),
    Code("SG344", "an acknowledgement of nothing", f"{_ACKNOWLEDGED}:unneeded", severity="warning"),
    Code("SG401", "two names that become one", f"{_COLLISIONS}:same_name"),
    Code("SG402", "two specs for one package", f"{_COLLISIONS}:same_package"),
    Code("SG403", "a dimension named like a keyword", f"{_COLLISIONS}:keyword_dimension"),
    Code("SG404", "two specs for one table or index", f"{_COLLISIONS}:same_table"),
    Code("SG405", "an index name too long for PostgreSQL", f"{_COLLISIONS}:long_name"),
    Code("SG406", "a calendar that its library does not have", f"{_CALENDARS}:unknown_calendar"),
    Code("SG407", "days that a calendar's library cannot tell", f"{_CALENDARS}:untold_days"),
    Code("SG408", "a calendar's library that is not installed", f"{_CALENDARS}:missing_library"),
    Code("SG409", "an example of no day of the calendar", f"{_CALENDARS}:example_of_no_day"),
    Code("SG501", "a generated file was changed by hand", f"{_OUTPUT}:edited_file"),
    Code("SG502", "a file in the place of a generated one", f"{_OUTPUT}:foreign_file"),
    Code("SG503", "the lock is not readable", f"{_OUTPUT}:unreadable_lock"),
    Code("SG504", "migrations without a lock", f"{_OUTPUT}:missing_lock"),
    Code("SG505", "something in the way of a generated file", f"{_OUTPUT}:blocked_path"),
    Code("SG506", "generated files are not up to date", f"{_OUTPUT}:stale_file"),
    Code("SG507", "a package without a spec", f"{_OUTPUT}:orphaned_package"),
    Code("SG508", "a package of another domain", f"{_OUTPUT}:other_domain"),
    Code("SG509", "a domain that is likely renamed", f"{_OUTPUT}:domain_unsaid"),
    Code("SG601", "data is destroyed", f"{_REVISIONS}:data_destroyed"),
    Code("SG602", "a required column on a table with rows", f"{_REVISIONS}:required_column"),
    Code("SG603", "a type that does not hold every value", f"{_REVISIONS}:narrowed_type"),
    Code("SG604", "a key that loses a column", f"{_REVISIONS}:looser_key"),
    Code("SG605", "the line of revisions is broken", f"{_REVISIONS}:broken_line"),
    Code("SG606", "a table with another stage", f"{_REVISIONS}:other_owner"),
    Code("SG607", "what is likely renamed", f"{_REVISIONS}:likely_renamed", severity="warning"),
    Code("SG608", "a long lock of a large table", f"{_LOCKS}:long_lock", severity="warning"),
    Code("SG609", "an index that keeps writers waiting", f"{_LOCKS}:locking_index", severity="warning"),
    Code("SG610", "partitions with other keys", f"{_REVISIONS}:other_keys"),
    Code("SG701", "logic that is not Python", f"{_LOGIC}:not_python"),
    Code("SG702", "logic without the function that is called", f"{_LOGIC}:no_function"),
    Code("SG703", "a function that does not take what is passed", f"{_LOGIC}:wrong_signature"),
    Code("SG704", "an annotation with another table's rows", f"{_LOGIC}:other_row"),
    Code("SG705", "a name that is not generated", f"{_LOGIC}:unknown_name"),
    Code("SG706", "an earlier name", f"{_LOGIC}:earlier_name", severity="warning"),
    Code("SG707", "an import from the earlier package", f"{_LOGIC}:earlier_package"),
    Code("SG708", "a row made of other fields", f"{_LOGIC}:wrong_fields"),
)


class _Codes(Mapping[str, Code]):
    """Every code by its name; those of the rules are fetched on first use from where they are declared."""

    @cached_property
    def _all(self) -> dict[str, Code]:
        of_rules: tuple[Code, ...] = importlib.import_module("spine_gen.spec.rules").CODES
        return {entry.code: entry for entry in sorted((*_TABLE, *of_rules), key=attrgetter("code"))}

    def __getitem__(self, code: str) -> Code:
        return self._all[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


CODES = _Codes()


def explain(code: str) -> str:
    """What a code means, why it matters, with a bad and a good spec; UnknownCodeError where there is none."""
    entry = CODES.get(code.upper())
    if entry is None:
        raise unknown_code(code)
    explanation = entry.explanation
    if explanation is None:
        module, _, function = entry.found_by.partition(":")
        explanation = getattr(importlib.import_module(module), function).__doc__
    return f"{entry.code} ({entry.severity}): {inspect.cleandoc(explanation or entry.title)}\n"


def unknown_code(code: str) -> UnknownCodeError:
    """The error that says so, with codes that are near."""
    return UnknownCodeError(code, near_names(code.upper(), CODES))
