"""A stage has the inputs that its kind can read.

What: a source stage has `inputs`, or a sql stage has none.
Why: a source stage reads its file; a SELECT needs something to select from.

Bad:

    LOAD:
      source: {format: csv, path: "data/{date}.csv"}
      inputs: [OTHER]

Good:

    LOAD:
      source: {format: csv, path: "data/{date}.csv"}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG339", "inputs that do not fit the kind of stage", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        if stage.kind_key is None:
            continue
        if stage.source and stage.inputs_key:
            headline = f'stage "{stage.name.value}" reads a file and cannot have inputs too'
            advice = "remove `inputs`; join the two in a sql or python stage of their own"
            yield draft.finding(CODE, stage.inputs_key, headline, help=advice)
        elif stage.sql and stage.inputs_key is None:
            headline = f'stage "{stage.name.value}" selects from nothing: it has no inputs'
            yield draft.finding(CODE, stage.kind_key, headline, help="add `inputs: [STAGE]`")
