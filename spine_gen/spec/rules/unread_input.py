"""A stage reads the inputs that it declares.

What: a sql stage has an input that neither its SELECT nor a check reads. This is a warning.
Why: the stage would wait for it, and its lineage would name it, for nothing.

Bad:

    inputs: [LOAD, RATES]
    sql: SELECT symbol FROM LOAD

Good:

    inputs: [LOAD]
    sql: SELECT symbol FROM LOAD
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.sql_reports import select_reports, when_reports

CODE = Code("SG340", "an input that the SQL does not read", explanation=__doc__, severity="warning")


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        reports = [report for _, report in select_reports(draft, stage)]
        read = {name for _, report in when_reports(draft, stage) for name in report.tables_read}
        for report in reports:
            if report.tables_read is None or report.problems:
                break
            read |= report.tables_read
        else:
            for source in stage.inputs if reports else ():
                name = source.named.value
                if draft.read(source) and name not in read:
                    headline = f'stage "{stage.name.value}" does not read its input "{name}"'
                    yield draft.finding(
                        CODE, source.stage.span, headline, help="remove it, or select from it"
                    )
