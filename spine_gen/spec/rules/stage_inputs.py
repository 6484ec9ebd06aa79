"""A stage has the inputs that its kind can read.

What: a source stage has an input that none of its checks looks into, or a sql stage has no inputs.
Why: a source stage reads its file, and its checks alone look into other stages; a SELECT needs something to
select from.

Bad:

    LOAD:
      source: {format: csv, path: "data/{date}.csv"}
      inputs: [ISSUERS]

Good:

    LOAD:
      source: {format: csv, path: "data/{date}.csv"}
      inputs: [ISSUERS]
      checks:
        - {code: UNKNOWN, when: "issuer NOT IN (SELECT issuer FROM ISSUERS)", action: drop}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft, DraftStage
from spine_gen.spec.sql_reports import when_reports

CODE = Code("SG339", "inputs that do not fit the kind of stage", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        if stage.kind_key is None:
            continue
        if stage.source and stage.inputs_key:
            yield from _unseen(draft, stage)
        elif stage.sql and stage.inputs_key is None:
            headline = f'stage "{stage.name.value}" selects from nothing: it has no inputs'
            yield draft.finding(CODE, stage.kind_key, headline, help="add `inputs: [STAGE]`")


def _unseen(draft: Draft, stage: DraftStage) -> Iterator[Diagnostic]:
    """The inputs of a source stage that no check looks into."""
    reports = [report for _, report in when_reports(draft, stage)]
    if any(report.problems for report in reports):
        return
    read = {name for report in reports for name in report.tables_read}
    for given in stage.inputs:
        if given.named.value not in read and draft.read(given):
            name = given.named.value
            headline = f'stage "{stage.name.value}" reads a file, and none of its checks looks into "{name}"'
            advice = "remove it, or look into it by IN or EXISTS; join the two in a sql or python stage"
            yield draft.finding(CODE, given.stage.span, headline, help=advice)
