"""A pytest plugin that runs the examples of a project's specs as tests, where it is asked for.

`pytest --spine-examples`, or `spine_examples = true` in pytest's settings where no paths are named. Nothing
that is generated is imported otherwise. Each example is a test on SQLite, and with `--spine-database-url` one
more on PostgreSQL.
"""

import traceback
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spine.errors import SpineError

if TYPE_CHECKING:
    from spine.examples.example import Example

ASKED = "spine_examples"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options and the setting."""
    group = parser.getgroup("spine")
    group.addoption(
        "--spine-examples", action="store_true", help="run the examples of the project's specs, as last built"
    )
    group.addoption(
        "--spine-database-url",
        metavar="URL",
        help="a PostgreSQL database to run them in too: each in a schema of its own, dropped afterwards",
    )
    parser.addini(ASKED, "run the examples of the project's specs where no paths are named", "bool")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Add the examples to the files that the session collects from."""
    report = yield
    if isinstance(collector, pytest.Session) and report.passed and _asked(collector.config):
        examples = Examples.from_parent(collector, name="examples", nodeid="examples")
        report.result = [*(report.result or ()), examples]
    return report


def _asked(config: pytest.Config) -> bool:
    everything = config.args_source is not pytest.Config.ArgsSource.ARGS
    return bool(config.getoption("--spine-examples")) or (everything and bool(config.getini(ASKED)))


class Examples(pytest.Collector):
    """The examples of the project around pytest's root folder."""

    def collect(self) -> "Iterator[ExampleItem]":
        """One test for each example and database."""
        from spine.cli.packages import load_examples  # noqa: PLC0415 - only where it is asked for
        from spine.settings import load_settings  # noqa: PLC0415

        try:
            packages = load_examples(load_settings(self.config.rootpath).generated)
        except SpineError as error:
            raise self.CollectError(str(error)) from error
        url = self.config.getoption("--spine-database-url")
        for package in packages:
            for example in package.examples:
                for own in (None,) if url is None else (None, str(url)):
                    where = "sqlite" if own is None else "postgresql"
                    name = f"{example.domain}/{example.stage}/{example.name}[{where}]"
                    yield ExampleItem.from_parent(self, name=name, example=example, database_url=own)


class ExampleItem(pytest.Item):
    """One example on one database."""

    def __init__(self, *, example: "Example", database_url: str | None, **rest: Any) -> None:
        super().__init__(**rest)
        self.example = example
        self.database_url = database_url

    def runtest(self) -> None:
        """Run it; DifferenceFound where not all is as expected."""
        from spine.examples.running import run_example  # noqa: PLC0415
        from spine.pipelines.registry import default_registry  # noqa: PLC0415

        result = run_example(self.example, default_registry, self.database_url)
        if not result.passed:
            raise DifferenceFoundError(
                "\n".join(str(difference) for difference in result.differences)
            ) from result.error

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The differences, and how it came to an error that is no stage's own; else what pytest shows."""
        if not isinstance(excinfo.value, DifferenceFoundError):
            return super().repr_failure(excinfo, style)
        meant = ["", self.example.description] if self.example.description else []
        error = excinfo.value.__cause__
        steps = [] if error is None or isinstance(error, SpineError) else traceback.format_exception(error)
        return "\n".join([str(excinfo.value), *meant, *(["", "".join(steps)] if steps else [])])

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """What heads the report of a failure."""
        return self.path, None, f"example {self.example}"


class DifferenceFoundError(AssertionError):
    """What a stage made is not what the example expects."""
