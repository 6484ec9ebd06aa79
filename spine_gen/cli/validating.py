"""What `spine-gen validate` does."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spine_gen.cli.failures import FINDINGS, clear_failures

if TYPE_CHECKING:
    from spine_gen.cli.options import ReportFormat
    from spine_gen.spec.check import SpecFindings


def validate(specs: Sequence[Path] | None, *, form: "ReportFormat" = "text") -> None:
    """Print what is wrong with the specs; SystemExit with 1 if any of it is an error."""
    with clear_failures():
        from spine.settings import load_settings
        from spine_gen.cli.report import report_specs
        from spine_gen.cli.spec_files import find_problems, find_specs
        from spine_gen.cli.terminal import write_out

        judged = find_problems(find_specs(specs, load_settings(), standard_input=True))
        failed = report_specs(judged, form=form)
        if form == "text":
            write_out("".join(f"{spec.path}: {_summary(spec)}\n" for spec in judged))
    if failed:
        raise SystemExit(FINDINGS)


def _summary(spec: "SpecFindings") -> str:
    if not spec.diagnostics:
        return "valid"
    from spine_gen.diagnostics.as_text import summary

    return summary(spec.diagnostics)
