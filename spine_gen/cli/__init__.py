"""The `spine-gen` command: check specs, and write and compare what they stand for.

The calls that are made all day, a command with spec files or nothing, are answered without the library that
reads command lines, as it takes longer to load than most of them to answer.
"""

import gc
import io
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["main"]


def main() -> None:
    """The entry point: run the command line and exit with its status."""
    gc.set_threshold(50_000, 20, 20)  # a command ends soon, and makes little garbage until then
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal's narrow encoding stops nothing
    if not _run_plain(sys.argv[1:]):
        from spine_gen.cli.commands import app

        app(prog_name="spine-gen")


def _run_plain(arguments: Sequence[str]) -> bool:
    """Run a command that was called without any option; False for every other call."""
    match arguments:
        case ["build" | "validate" as command, *specs] if not any(map(_is_option, specs)):
            paths = [Path(spec) for spec in specs] or None
        case _:
            return False
    if command == "build":
        from spine_gen.cli.building import build

        build(paths)
    else:
        from spine_gen.cli.validating import validate

        validate(paths)
    return True


def _is_option(argument: str) -> bool:
    return argument.startswith("-") and argument != "-"
