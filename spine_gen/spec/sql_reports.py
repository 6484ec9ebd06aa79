"""The SQL of a draft, as its reader reports on it: what the rules on SQL share."""

from collections.abc import Iterator

from spine_gen.spec.language import Draft, DraftStage, DraftTable
from spine_gen.spec.node import Word
from spine_gen.spec.sql.kinds import COLUMN_KINDS, Kind
from spine_gen.spec.sql.select import ColumnTuple, SelectReport, select_report
from spine_gen.spec.sql.when import WhenReport, when_report

_ALWAYS: ColumnTuple = (("partition_key", "string"), ("capture_id", "string"))  # what every input also has


def when_reports(stage: DraftStage) -> Iterator[tuple[Word, WhenReport]]:
    """Each condition of a stage's checks, with what there is to say about it."""
    columns = _columns(stage.table)
    for check in stage.checks if columns else ():
        for word, dialect in check.when.texts if check.when else ():
            yield word, when_report(word.value, dialect, columns)


def select_reports(draft: Draft, stage: DraftStage) -> Iterator[tuple[Word, SelectReport]]:
    """Each text of a sql stage, with what there is to say about it."""
    if stage.sql is None or stage.kind_key is None or not stage.inputs or stage.table is None:
        return
    defined = [source.stage.value for source in stage.inputs if draft.stage(source.stage.value)]
    inputs = tuple((name, _input_columns(draft, name)) for name in defined)
    if len(dict(inputs)) < len(inputs):
        return  # an input that is listed twice, which the shape check reports
    table, open_ = _columns(stage.table), len(defined) < len(stage.inputs)
    for word, dialect in stage.sql.texts:
        yield word, select_report(word.value, dialect, inputs, table, open=open_)


def _input_columns(draft: Draft, name: str) -> ColumnTuple:
    """The columns of an input; none where they are not known, so that nothing is said about them."""
    stage = draft.stage(name)
    columns = _columns(stage.table) if stage else ()
    return (*columns, *_ALWAYS) if columns else ()


def _columns(table: DraftTable | None) -> ColumnTuple:
    return tuple((column.name.value, _kind(column.type)) for column in table.columns) if table else ()


def _kind(word: Word | None) -> Kind:
    return COLUMN_KINDS.get(word.value, "unknown") if word else "unknown"
