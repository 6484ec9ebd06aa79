"""Where logic/ does not fit what is generated: coded findings, SG7xx.

One function per code, whose docstring is what ``spine-gen explain`` prints. A build still writes, as the
logic can only be mended against what is generated.
"""

from spine_gen.diagnostics.diagnostic import Diagnostic, Place


def not_python(reason: str, place: Place) -> Diagnostic:
    """Logic is Python.

    What: a file in `logic/` that a pipeline imports cannot be read as Python.
    Why: the import fails, and with it the import of the whole package.

    Bad: a bracket that is never closed, or the marks of a merge conflict.

    Good: a file that `python -m py_compile` takes.
    """
    return _error("SG701", f"not readable as Python: {reason}", place, "mend it, then build again")


def no_function(headline: str, place: Place, help: str | None) -> Diagnostic:
    """A pipeline finds its function.

    What: the module in `logic/` has nothing of the name that the pipeline imports, or a class or an async
    function, which it cannot call as a function. A name that is imported or assigned there will do.
    Why: the import fails, and with it the import of the whole package; or the stage fails when it is run.

    Bad: `python: score` in the spec, and `def rate(…)` in `logic/score.py`.

    Good: `def score(…)` there.
    """
    return _error("SG702", headline, place, help)


def wrong_signature(headline: str, place: Place, help: str) -> Diagnostic:
    """A function takes what the pipeline passes.

    What: the pipeline calls the function with the capture, by position, and the rows of every input, by the
    input's name; and the function does not take these, or requires more. `**inputs` takes every input. A
    decorated function is not judged.
    Why: the stage fails with a TypeError when it is run.

    Bad:

        inputs: [AGGREGATE, LISTING]   # in the spec

        def score(capture, aggregate):

    Good:

        def score(capture, aggregate, listing):
    """
    return _error("SG703", headline, place, help)


def other_row(headline: str, place: Place, help: str) -> Diagnostic:
    """Annotations name the rows that are there.

    What: the annotation of an input, or of what the function gives, names the row class of another table; or
    that of an input names `InputRows` where the spec has `rows: arrow`, or `ArrowRows` where it has not. An
    annotation that names none of these is not judged.
    Why: the rows have other fields, or come in another form, than the function was written for.

    Bad: `aggregate: InputRows[VolumeRow]` where AGGREGATE's table is symbol_week.

    Good: `aggregate: InputRows[SymbolWeekRow]`
    """
    return _error("SG704", headline, place, help)


def unknown_name(headline: str, place: Place, help: str | None) -> Diagnostic:
    """Logic uses names that are generated.

    What: a name comes from the package's `rows`, `anomalies`, `tables` or `domain`, which does not have it.
    Why: the import fails, and with it the import of the whole package; or the stage fails when it gets there.

    Bad: `codes.SHORT_HISTORY` where the spec declares no such code any more.

    Good: a code that is declared. A table or code with `renamed_from` keeps its earlier name for logic.
    """
    return _error("SG705", headline, place, help)


def earlier_name(earlier: str, name: str, place: Place) -> Diagnostic:
    """An earlier name is for the change-over.

    What: logic uses the earlier name of a renamed table's row, or of a renamed code. This is a warning.
    Why: the name is there only as long as the spec has `renamed_from`.

    Bad: `from ..rows import TradesRow` after `trades` became `deals`.

    Good: `from ..rows import DealsRow`
    """
    return Diagnostic(
        code="SG706",
        severity="warning",
        headline=f"{earlier} is called {name} by now",
        place=place,
        help=f"write {name}: the earlier name goes when renamed_from goes",
    )


def earlier_package(earlier: str, package: str, place: Place) -> Diagnostic:
    """Logic imports from its own package.

    What: logic imports from the package that the domain's earlier name gave.
    Why: that folder is gone, so the import fails, and with it the import of the whole package.

    Bad: `from desk_trades.rows import TradesRow` after `desk.trades` became `desk.deals`.

    Good: `from ..rows import TradesRow`, which stays right whatever the domain is called.
    """
    return _error(
        "SG707",
        f"the package {earlier} is called {package} by now",
        place,
        f"write {package} instead of {earlier}, or import from .. as the stubs do",
    )


def wrong_fields(headline: str, place: Place, help: str | None) -> Diagnostic:
    """A row is made of its fields.

    What: a row class is called with a field that it does not have, with too many values, or without all of
    them. A call with `*` or `**` is not judged.
    Why: the stage fails with a TypeError when it gets there.

    Bad: `ScoreRow(symbol, weeks, score)` after the table got a fourth column.

    Good: `ScoreRow(symbol=symbol, weeks=weeks, score=score, rank=rank)`
    """
    return _error("SG708", headline, place, help)


def _error(code: str, headline: str, place: Place, help: str | None) -> Diagnostic:
    return Diagnostic(
        code=code,
        severity="error",
        headline=headline,
        place=place,
        help=None if help is None else str(help),  # an Advice says more than is certain here
    )
