"""`spine-gen fmt`: specs in their canonical layout."""

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spine_gen.cli.failures import FINDINGS, clear_failures
from spine_gen.cli.options import SpecArguments

if TYPE_CHECKING:
    from spine_gen.formatting import Formatted


def format_specs(
    specs: SpecArguments = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit status 1 if a spec would change.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; print what would change.")] = False,
) -> None:
    """Lay the specs out evenly: indents, spaces, blank lines. What they say, order and comments stay.

    A spec of which anything but the layout would change stays as it is, and the command says so.
    """
    with clear_failures():
        from spine.settings import load_settings
        from spine_gen.cli.spec_files import find_specs
        from spine_gen.cli.terminal import write_out
        from spine_gen.formatting import formatted
        from spine_gen.source.spec_file import read_spec_file, shown_path

        paths = find_specs(specs, load_settings())
        done = {path: formatted(read_spec_file(path), shown_path(path)) for path in paths}
        failed = _report(done)
        changed = {path: each for path, each in done.items() if each.changed}
        if diff:
            write_out("".join(_difference(each, shown_path(path)) for path, each in changed.items()))
        elif not check:
            _write(changed)
        if not diff:
            what = "would change" if check else "formatted"
            write_out("".join(f"{shown_path(path)}: {what}\n" for path in changed))
    if failed or (check and changed):
        raise typer.Exit(FINDINGS)


def _report(done: "dict[Path, Formatted]") -> bool:
    """Say which specs stay as they are for a reason; whether there are any."""
    from spine_gen.cli.report import report_specs
    from spine_gen.cli.terminal import note
    from spine_gen.source.spec_file import shown_path
    from spine_gen.spec.check import check_yaml

    unreadable = [check_yaml(each.before, shown_path(path)) for path, each in done.items() if each.problems]
    if unreadable:
        report_specs(unreadable)
    stuck = {path: each.obstacle for path, each in done.items() if each.obstacle is not None}
    for path, obstacle in stuck.items():
        note(f"{shown_path(path)} stays as it is: {obstacle}")
    return bool(unreadable or stuck)


def _write(changed: "dict[Path, Formatted]") -> None:
    """Put each file in its place whole; a link stays one, to the file that it leads to."""
    from spine_gen.cli.planning import take_back
    from spine_gen.output.writer import FileWrite, write_files

    for path, each in changed.items():
        target = path.resolve()
        take_back(target.parent)
        write_files(target.parent, [FileWrite(path=target.name, content=each.after)])


def _difference(each: "Formatted", path: str) -> str:
    before, after = (
        [
            f"{line}\n"
            for line in content.decode("utf-8-sig").replace("\r\n", "\n").removesuffix("\n").split("\n")
        ]
        for content in (each.before, each.after)
    )
    return "".join(difflib.unified_diff(before, after, f"a/{path}", f"b/{path}"))
