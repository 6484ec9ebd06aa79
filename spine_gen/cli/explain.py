"""`spine-gen explain`: what a diagnostic means."""

from typing import Annotated

import typer

from spine_gen.cli.failures import clear_failures


def explain_code(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="Such as SG302; none: list all.", show_default=False),
    ] = None,
) -> None:
    """Say what a diagnostic means and why it matters, with a bad and a good spec."""
    with clear_failures():
        from spine_gen.cli.terminal import write_out
        from spine_gen.diagnostics import CODES, explain

        if code is None:
            write_out("".join(f"{item.code}  {item.severity:<7}  {item.title}\n" for item in CODES.values()))
        else:
            write_out(explain(code.strip()))
