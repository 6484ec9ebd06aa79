"""Shows diagnostics: for people on stderr, for tools on stdout."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spine_gen.cli.terminal import colorful, note, write_out

if TYPE_CHECKING:
    from spine_gen.cli.options import ReportFormat
    from spine_gen.diagnostics import Diagnostic
    from spine_gen.generate import BuildPlan
    from spine_gen.output.memory import Remembered
    from spine_gen.spec.check import CheckedSpec
    from spine_gen.spec_findings import SpecFindings


def report_specs(
    specs: "Iterable[CheckedSpec | SpecFindings]", *, form: "ReportFormat" = "text", most: int | None = None
) -> bool:
    """Print what is wrong with the specs; returns whether any of it is an error.

    Of more than `most` findings the rest is only counted.
    """
    from spine_gen.spec_findings import SpecFindings

    specs = tuple(specs)
    found = [item for spec in specs for item in spec.diagnostics]
    texts = {spec.path: spec.text for spec in specs}
    others = (spec.texts for spec in specs if isinstance(spec, SpecFindings))
    return _report(found, {**texts, **dict(item for each in others for item in each.items())}, form, most)


def report_build(
    plan: "BuildPlan", more: "Iterable[Diagnostic]" = (), *, form: "ReportFormat" = "text"
) -> bool:
    """Print what a build found, and what else was; returns whether any of it is an error."""
    return _report([*plan.diagnostics, *more], plan.texts, form)


def report_logic(plan: "BuildPlan") -> bool:
    """Print where what people wrote does not fit what was built; returns whether any of it is an error."""
    return _report(plan.logic, plan.texts, "text")


def report_remembered(remembered: "Mapping[Path, Remembered]") -> None:
    """Print the warnings of specs that were not read again."""
    from spine_gen.diagnostics.as_data import from_data
    from spine_gen.source.spec_file import read_spec_file, shown_path

    warned = {shown_path(path): path for path, entry in sorted(remembered.items()) if entry.diagnostics}
    found = [
        item for shown, path in warned.items() for item in from_data(remembered[path].diagnostics, shown)
    ]
    texts = {shown: read_spec_file(path).decode("utf-8-sig") for shown, path in warned.items()}
    _report(found, texts, "text")


def _report(
    found: "Sequence[Diagnostic]", texts: Mapping[str, str], form: "ReportFormat", most: int | None = None
) -> bool:
    from spine_gen.diagnostics.selection import most_important

    told = [item for item in found if item.acknowledged is None]
    acknowledged = [item for item in found if item.acknowledged is not None]
    shown = [*(told if most is None else most_important(told, most)), *acknowledged]
    if form != "text":
        write_out(_rendered(shown, form))
    elif shown:
        from spine_gen.diagnostics.as_text import as_text

        note(as_text(shown, texts, color=colorful(sys.stderr)))
    if rest := len(found) - len(shown):
        note(f"{rest} more finding{'' if rest == 1 else 's'}; --max-findings 0 shows all")
    return any(item.severity == "error" for item in found)


def _rendered(found: "Sequence[Diagnostic]", form: "ReportFormat") -> str:
    if form == "json":
        from spine_gen.diagnostics.as_json import as_json

        return f"{as_json(found)}\n"
    if form == "github":
        from spine_gen.diagnostics.as_github import as_github

        return f"{as_github(found)}\n" if found else ""
    from spine_gen.diagnostics.as_sarif import as_sarif

    return f"{as_sarif(found)}\n"
