"""What `spine-gen validate` does."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from spine_gen.cli.failures import FINDINGS, clear_failures

if TYPE_CHECKING:
    from spine_gen.cli.options import ReportFormat
    from spine_gen.spec_findings import SpecFindings

MOST_AS_TEXT = 50  # findings: more than anybody reads at once


def validate(
    specs: Sequence[Path] | None,
    *,
    form: "ReportFormat" = "text",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    most: int | None = None,
) -> None:
    """Print what is wrong with the specs; SystemExit with 1 if any of it is an error.

    Findings that `select` and `ignore` leave out count for nothing; those past `most` are not shown only.
    """
    with clear_failures():
        from spine.settings import load_settings
        from spine_gen.cli.report import report_specs
        from spine_gen.cli.spec_files import find_problems, find_specs
        from spine_gen.cli.terminal import write_out
        from spine_gen.diagnostics.selection import read_selection

        selection = read_selection(select, ignore)
        settings = load_settings()
        paths = find_specs(specs, settings, standard_input=True)
        found = find_problems(paths, settings, whole=not specs)
        judged = [
            replace(spec, diagnostics=tuple(item for item in spec.diagnostics if selection.takes(item.code)))
            for spec in found
        ]
        if most is None and form == "text":
            most = MOST_AS_TEXT
        failed = report_specs(judged, form=form, most=most or None)
        if form == "text":
            lines = (
                f"{spec.path}: {_summary(spec, len(whole.diagnostics) - len(spec.diagnostics))}\n"
                for spec, whole in zip(judged, found, strict=True)
            )
            write_out("".join(lines))
    if failed:
        raise SystemExit(FINDINGS)


def _summary(spec: "SpecFindings", left_out: int) -> str:
    """How many findings there are, and how many that were not asked for."""
    from spine_gen.diagnostics.as_text import summary

    said = summary(spec.diagnostics)
    if not left_out:
        return said or "valid"
    return f"{said or 'valid as far as was asked'}, {left_out} left out"
