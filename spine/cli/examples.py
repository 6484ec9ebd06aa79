"""`spine test`: run the examples of specs, and print where what came of them is not what they expect."""

import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spine.cli.failures import FINDINGS, clear_failures
from spine.cli.options import FormatOption, TracebackOption
from spine.cli.output import print_json, print_lines, progress, warnings_as_notes
from spine.errors import UnknownNameError

if TYPE_CHECKING:
    from spine.cli.packages import PackageExamples
    from spine.examples.example import Example
    from spine.examples.running import ExampleResult
    from spine.settings import Settings


def run_examples(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SPEC]...",
            help="Specs, folders of specs, or domains; all of the project where none is named.",
            show_default=False,
        ),
    ] = None,
    *,
    database_url: Annotated[
        str | None,
        typer.Option(
            "--database-url",
            metavar="URL",
            help="A PostgreSQL database to run them in too: each in a schema of its own, dropped afterwards.",
        ),
    ] = None,
    output_format: FormatOption = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Run the examples of specs, as they were last built, each in a fresh database.

    On SQLite, and on PostgreSQL too where one is named. The project's own database is not touched.

    As JSON, passed, failed, and examples, each with domain, stage, name, partition_key, database, passed,
    seconds and differences.
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.packages import load_examples
        from spine.cli.project import project_settings
        from spine.examples.running import run_example
        from spine.pipelines.registry import default_registry

        settings = project_settings(None)
        chosen = _chosen(load_examples(settings.generated), specs or (), settings)
        results = []
        with progress() as show, warnings_as_notes(), redirect_stdout(sys.stderr):
            for url in (None,) if database_url is None else (None, database_url):
                for example in chosen:
                    show(str(example))
                    results.append(run_example(example, default_registry, url))
        if show_traceback:
            for error in (result.error for result in results if not result.passed and result.error):
                traceback.print_exception(error, file=sys.stderr)
        failed = sum(not result.passed for result in results)
        if output_format == "json":
            print_json(_as_json(results, failed))
        else:
            print_lines(_as_text(results, failed))
        if failed:
            raise typer.Exit(FINDINGS)


def _chosen(
    packages: "Sequence[PackageExamples]", named: Sequence[str], settings: "Settings"
) -> "list[Example]":
    """The examples of what is named, or all; UnknownNameError for what has none."""
    chosen = set() if named else {package.spec for package in packages}
    for name in named:
        path = Path(name).absolute()
        meant = {
            package.spec
            for package in packages
            if name == package.examples[0].domain or _leads_to(path, settings.root / package.spec)
        }
        if not meant:
            there = ", ".join(package.spec for package in packages) or "none"
            raise UnknownNameError(
                f"there are no built examples of {name}: write some below a stage of it, and build it with "
                f"spine-gen build (specs with examples: {there})"
            )
        chosen |= meant
    return [example for package in packages if package.spec in chosen for example in package.examples]


def _leads_to(path: Path, spec: Path) -> bool:
    return spec.resolve().is_relative_to(path.resolve())


def _as_text(results: "Sequence[ExampleResult]", failed: int) -> Iterator[str]:
    for result in results:
        yield f"{'passed' if result.passed else 'failed'}  {result.example}  ({result.database})"
        for difference in result.differences:
            yield f"    {difference}"
    if not results:
        yield "no examples: write some below the stages of a spec, and build it"
        return
    by_database = Counter(result.database for result in results)
    where = " and ".join(f"{count} on {_NAMES[database]}" for database, count in by_database.items())
    yield ""
    yield f"{len(results) - failed} passed, {failed} failed: {where}"


_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def _as_json(results: "Sequence[ExampleResult]", failed: int) -> dict[str, object]:
    return {
        "passed": len(results) - failed,
        "failed": failed,
        "examples": [
            {
                "domain": result.example.domain,
                "stage": result.example.stage,
                "name": result.example.name,
                "partition_key": result.example.partition,
                "database": result.database,
                "passed": result.passed,
                "seconds": round(result.seconds, 3),
                "differences": [
                    {
                        "what": one.what,
                        "row": one.row,
                        "name": one.name,
                        "expected": one.expected,
                        "found": one.found,
                    }
                    for one in result.differences
                ],
            }
            for result in results
        ],
    }
