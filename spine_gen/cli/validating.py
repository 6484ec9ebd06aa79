"""What `spine-gen validate` does."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spine_gen.cli.failures import FINDINGS, clear_failures

if TYPE_CHECKING:
    from spine_gen.cli.options import ReportFormat


def validate(specs: Sequence[Path] | None, *, form: "ReportFormat" = "text") -> None:
    """Print what is wrong with the specs; SystemExit with 1 if any of it is an error."""
    with clear_failures():
        from spine.settings import load_settings
        from spine_gen.cli.report import report_specs
        from spine_gen.cli.spec_files import find_problems, find_specs
        from spine_gen.cli.terminal import write_out
        from spine_gen.diagnostics.as_text import summary

        judged = find_problems(find_specs(specs, load_settings()))
        failed = report_specs(judged, form=form)
        if form == "text":
            lines = (f"{spec.path}: {summary(spec.diagnostics) or 'valid'}\n" for spec in judged)
            write_out("".join(lines))
    if failed:
        raise SystemExit(FINDINGS)
