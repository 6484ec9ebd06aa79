"""The SQL of a spec, as its reader reports on it: what the rules on a draft and generated code share.

Both ask with the same columns, so that a text which the rules had read is not read again.
"""

from collections.abc import Iterator

from spine_gen.spec.language import Column, DialectName, Draft, DraftStage, DraftTable, Spec, Stage
from spine_gen.spec.node import Word
from spine_gen.spec.sql.having import HavingReport, having_report
from spine_gen.spec.sql.kinds import COLUMN_KINDS, Kind
from spine_gen.spec.sql.select import ColumnTuple, SelectReport, select_report
from spine_gen.spec.sql.value import ValueReport, value_report
from spine_gen.spec.sql.when import WhenReport, when_report

# What every input also has.
_ALWAYS: ColumnTuple = (("partition_key", "string", False), ("capture_id", "string", False))


def when_reports(draft: Draft, stage: DraftStage) -> Iterator[tuple[Word, WhenReport]]:
    """Each condition on a row of a stage's checks, with what there is to say about it."""
    columns = _columns(stage.table)
    inputs, open_ = _inputs(draft, stage)
    if len(dict(inputs)) < len(inputs):
        return  # an input that is listed twice, which the shape check reports
    for check in stage.checks if columns else ():
        for word, dialect in check.when.texts if check.when else ():
            yield word, when_report(word.value, dialect, columns, inputs, open=open_)


def having_reports(stage: DraftStage) -> Iterator[tuple[Word, HavingReport]]:
    """Each condition on a stage as a whole, with what there is to say about it."""
    columns = _columns(stage.table)
    for check in stage.checks if columns else ():
        for word, dialect in check.having.texts if check.having else ():
            yield word, having_report(word.value, dialect, columns)


def select_reports(draft: Draft, stage: DraftStage) -> Iterator[tuple[Word, SelectReport]]:
    """Each text of a sql stage, with what there is to say about it."""
    if stage.sql is None or stage.kind_key is None or not stage.inputs or stage.table is None:
        return
    inputs, open_ = _inputs(draft, stage)
    if len(dict(inputs)) < len(inputs):
        return  # an input that is listed twice, which the shape check reports
    table = _columns(stage.table)
    for word, dialect in stage.sql.texts:
        yield word, select_report(word.value, dialect, inputs, table, open=open_)


def default_reports(stage: DraftStage) -> Iterator[tuple[Word, ValueReport]]:
    """Each text of the defaults of a stage's columns, with what there is to say about it."""
    columns = _columns(stage.table)
    for column in stage.table.columns if stage.table else ():
        sql = column.default.sql if column.default else None
        for word, dialect in sql.texts if sql else ():
            others = _others(columns, column.name.value)
            yield word, value_report(word.value, dialect, others, _kind(column.type))


def report_of_default(stage: Stage, column: Column, text: str) -> ValueReport:
    """What there is to say about the expression for both databases of a column of a valid spec."""
    others = _others(_columns_of(stage), column.name)
    return value_report(text, None, others, COLUMN_KINDS[column.type])


def report_of_when(spec: Spec, stage: Stage, text: str, dialect: DialectName | None = None) -> WhenReport:
    """What there is to say about a condition on a row of a stage of a valid spec."""
    return when_report(text, dialect, _columns_of(stage), _inputs_of(spec, stage), open=False)


def report_of_having(stage: Stage, text: str) -> HavingReport:
    """What there is to say about the condition for both databases on all rows of a stage of a valid spec."""
    return having_report(text, None, _columns_of(stage))


def report_of_select(spec: Spec, stage: Stage, text: str) -> SelectReport:
    """What there is to say about the SELECT for both databases of a stage of a valid spec."""
    return select_report(text, None, _inputs_of(spec, stage), _columns_of(stage), open=False)


def _inputs_of(spec: Spec, stage: Stage) -> tuple[tuple[str, ColumnTuple], ...]:
    return tuple((item.named, (*_columns_of(spec.read(item)), *_ALWAYS)) for item in stage.inputs)


def _inputs(draft: Draft, stage: DraftStage) -> tuple[tuple[tuple[str, ColumnTuple], ...], bool]:
    """The inputs that are defined, with their columns, and whether there are others."""
    defined = [(item.named.value, read) for item in stage.inputs if (read := draft.read(item))]
    inputs = tuple((name, _input_columns(read)) for name, read in defined)
    return inputs, len(defined) < len(stage.inputs)


def _others(columns: ColumnTuple, name: str) -> ColumnTuple:
    """What a row has beside the column, which is NULL there."""
    return (*(each for each in columns if each[0] != name), *_ALWAYS)


def _columns_of(stage: Stage) -> ColumnTuple:
    return tuple((column.name, COLUMN_KINDS[column.type], column.nullable) for column in stage.table.columns)


def _input_columns(read: DraftStage) -> ColumnTuple:
    """The columns of an input; none where they are not known, so that nothing is said about them."""
    columns = _columns(read.table)
    return (*columns, *_ALWAYS) if columns else ()


def _columns(table: DraftTable | None) -> ColumnTuple:
    columns = table.columns if table else ()
    return tuple((column.name.value, _kind(column.type), column.nullable) for column in columns)


def _kind(word: Word | None) -> Kind:
    return COLUMN_KINDS.get(word.value, "unknown") if word else "unknown"
