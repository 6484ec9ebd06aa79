"""A check as Python: the call that declares it in a pipeline's module."""

from collections.abc import Mapping

from spine_gen.plan import naming
from spine_gen.plan.views.source_code import Call, Code, keywords
from spine_gen.spec.language import Check, DialectName, SourceWork, Spec, SqlText, Stage
from spine_gen.spec.sql.operations.operation import Engine
from spine_gen.spec.sql_reports import report_of_having, report_of_when


def check_call(spec: Spec, check: Check, stage: Stage) -> Call:
    """Check(…), with what each engine is asked where that is not what was written."""
    when = None if check.when is None else _when(spec, check.when, stage)
    having = None if check.having is None else _having(check.having, stage)
    return Call(
        name="Check",
        arguments=(
            (None, Code(f"codes.{naming.code_constant(check.code)}")),
            *keywords(
                when=dict(when) if isinstance(when, tuple) else when,
                inputs=_looked_into(spec, check, stage) or None,
                having=dict(having) if isinstance(having, tuple) else having,
                unique=check.unique or None,
                keep=check.keep,
                partition={one.dimension: one.column for one in check.partition} or None,
                action=check.action,
                max_rate=check.max_rate,
            ),
        ),
    )


def _looked_into(spec: Spec, check: Check, stage: Stage) -> tuple[Code, ...]:
    """The inputs that the check's condition looks into, in the stage's order."""
    if check.when is None:
        return ()
    texts: tuple[tuple[str, DialectName | None], ...] = ((check.when.sqlite, None),)
    if check.when.sqlite != check.when.postgresql:
        texts = ((check.when.sqlite, "sqlite"), (check.when.postgresql, "postgresql"))
    read = {name for text, one in texts for name in report_of_when(spec, stage, text, one).tables_read}
    return tuple(Code(naming.input_constant(item.named)) for item in stage.inputs if item.named in read)


def _when(spec: Spec, when: SqlText, stage: Stage) -> str | tuple[tuple[str, str], ...]:
    if when.sqlite != when.postgresql:
        return (("sqlite", when.sqlite), ("postgresql", when.postgresql))
    return differing(when.sqlite, report_of_when(spec, stage, when.sqlite).texts(_engines(stage)))


def _engines(stage: Stage) -> tuple[Engine, ...]:
    """What the conditions on its rows may be asked of."""
    if isinstance(stage.work, SourceWork):
        return ("duckdb",)
    return ("sqlite", "postgresql", "duckdb") if stage.rows == "arrow" else ("sqlite", "postgresql")


def _having(having: SqlText, stage: Stage) -> str | tuple[tuple[str, str], ...]:
    if having.sqlite != having.postgresql:
        return (("sqlite", having.sqlite), ("postgresql", having.postgresql))
    return differing(having.sqlite, report_of_having(stage, having.sqlite).texts())


def differing(written: str, texts: Mapping[Engine, str]) -> str | tuple[tuple[str, str], ...]:
    """What was written, and what each engine is asked instead of it, if any is."""
    others = [(str(engine), text) for engine, text in texts.items() if text.strip() != written.strip(" \n;")]
    return (("written", written), *others) if others else written
