"""The SQL of a draft, and what is wrong with it as diagnostics: what the rules on SQL share."""

from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.source import Span
from spine_gen.spec.draft import Draft, DraftStage, DraftTable, Word
from spine_gen.spec.sql.condition import condition_report
from spine_gen.spec.sql.kinds import COLUMN_KINDS, Kind
from spine_gen.spec.sql.select import ColumnTuple, SelectReport, select_report

_ALWAYS: ColumnTuple = (("partition_key", "string"), ("capture_id", "string"))  # what every input also has


def when_findings(draft: Draft, code: str) -> Iterator[Diagnostic]:
    """What is wrong with the checks' conditions under one code."""
    for stage in draft.stages:
        columns = _columns(stage.table)
        for check in stage.checks:
            if check.when is None or not columns:
                continue
            for problem in condition_report(check.when.value, columns).problems:
                if problem.code == code:
                    span = check.when.within(problem.start, problem.end)
                    yield draft.finding(code, span, f"when: {problem.what}", help=problem.help)


def select_findings(draft: Draft, code: str) -> Iterator[Diagnostic]:
    """What is wrong with the stages' SELECTs under one code."""
    for stage in draft.stages:
        for word, report in select_reports(draft, stage):
            for problem in report.problems:
                if problem.code == code:
                    span = word.within(problem.start, problem.end)
                    also: tuple[tuple[Span, str], ...] = ()
                    if (
                        code in ("SG365", "SG366")
                        and stage.table
                        and problem.end - problem.start == len("SELECT")
                    ):
                        also = ((stage.table.columns_key, "the table's columns"),)
                    yield draft.finding(code, span, f"sql: {problem.what}", also=also, help=problem.help)


def select_reports(draft: Draft, stage: DraftStage) -> Iterator[tuple[Word, SelectReport]]:
    """Each text of a sql stage, with what there is to say about it."""
    if stage.sql is None or stage.kind_key is None or not stage.inputs or stage.table is None:
        return
    defined = [source.stage.value for source in stage.inputs if draft.stage(source.stage.value)]
    inputs = tuple((name, _input_columns(draft, name)) for name in defined)
    if len(dict(inputs)) < len(inputs):
        return  # an input that is listed twice, which the shape check reports
    texts = ((stage.sql.sqlite, "sqlite"), (stage.sql.postgresql, "postgresql"))
    for word, dialect in texts[:1] if stage.sql.portable else texts:
        if word is not None:
            chosen = None if stage.sql.portable else dialect
            yield (
                word,
                select_report(
                    word.value, chosen, inputs, _columns(stage.table), open=len(defined) < len(stage.inputs)
                ),
            )


def _input_columns(draft: Draft, name: str) -> ColumnTuple:
    """The columns of an input; none where they are not known, so that nothing is said about them."""
    stage = draft.stage(name)
    columns = _columns(stage.table) if stage else ()
    return (*columns, *_ALWAYS) if columns else ()


def _columns(table: DraftTable | None) -> ColumnTuple:
    return tuple((column.name.value, _kind(column.type)) for column in table.columns) if table else ()


def _kind(word: Word | None) -> Kind:
    return COLUMN_KINDS.get(word.value, "unknown") if word else "unknown"
