"""`spine-gen breaking`: what a changed spec means for readers of its data."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from spine_gen.cli.failures import FINDINGS, MISUSE, clear_failures
from spine_gen.cli.options import ReportFormat, SpecArguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from spine_gen.breaking.placed import PlacedChange
    from spine_gen.cli.older_specs import Beside


def show_breaking(
    specs: SpecArguments = None,
    *,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="REF|FILE",
            help="The older state: a git revision, or for one spec a file.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[ReportFormat, typer.Option("--format", help="How to print the changes.")] = "text",
    fail_on: Annotated[
        Literal["breaking", "dangerous"],
        typer.Option("--fail-on", help="The least grave change that gives exit status 1."),
    ] = "breaking",
    kinds: Annotated[
        bool, typer.Option("--kinds", help="Print the table of all kinds of change, and do nothing else.")
    ] = False,
) -> None:
    """Show every change since an older state of specs, judged as breaking, dangerous or safe for readers.

    Exit status 1 if one is breaking; those that the spec says to ignore are only counted.
    """
    with clear_failures():
        from spine.settings import load_settings
        from spine_gen.cli.older_specs import read_beside
        from spine_gen.cli.report import report_specs
        from spine_gen.cli.terminal import note, write_out

        if kinds:
            from spine_gen.breaking.kinds import kinds_as_markdown

            write_out(kinds_as_markdown())
            return
        if against is None:
            note("error: say what to compare with: --against REF, or --against FILE")
            raise typer.Exit(MISUSE)
        found = read_beside(specs, load_settings(), against)
        checked = [spec for each in found for spec in (each.older, each.newer) if spec is not None]
        # The warnings of a spec with a model are validate's business; errors are in the way.
        if report_specs(spec for spec in checked if not spec.ok):
            raise typer.Exit(FINDINGS)
        for each in found:
            if each.older is None:
                note(f"{each.path} is not in {against} yet: there is nothing to break")
        told = tuple(change for each in found for change in _told(each))
        _print(told, form, against)
        for unneeded in _unneeded(found, told):
            note(unneeded)
    grave = ("breaking",) if fail_on == "breaking" else ("breaking", "dangerous")
    if any(each.change.judgement in grave and each.change.ignored is None for each in told):
        raise typer.Exit(FINDINGS)


def _told(each: "Beside") -> "tuple[PlacedChange, ...]":
    from spine_gen.breaking.compare import find_changes, removed_spec
    from spine_gen.breaking.placed import in_places

    if each.older is None or each.older.spec is None:
        return ()
    if each.newer is None or each.newer.spec is None:
        return in_places(removed_spec(each.older.spec), each.path, None)
    return in_places(find_changes(each.older.spec, each.newer.spec), each.path, each.newer.document)


def _print(told: "Sequence[PlacedChange]", form: ReportFormat, against: str) -> None:
    from spine_gen.breaking.formats import as_data, as_github, as_sarif, as_text, summary
    from spine_gen.cli.terminal import note, print_json, write_out

    match form:
        case "json":
            print_json(as_data(told))
        case "sarif":
            write_out(f"{as_sarif(told)}\n")
        case "github":
            write_out(as_github(told))
        case "text":
            write_out(as_text(told))
            note(summary(told, against))


def _unneeded(found: "Iterable[Beside]", told: "Iterable[PlacedChange]") -> "Iterator[str]":
    """What the specs say to ignore though there is no such change: it would take the next one quietly."""
    from spine_gen.breaking.compare import concerns, ignored_changes

    changes = [(each.place.path, each.change) for each in told]
    for each in found:
        for item in ignored_changes(each.newer.spec) if each.newer and each.newer.spec else ():
            if not any(path == each.path and concerns(item, change) for path, change in changes):
                of = f" of {item.subject}" if item.subject else ""
                yield f"{each.path}: there is no {item.kind}{of} to ignore: remove it"
