"""A schedule is a five-field cron expression.

What: `schedule` has five fields: minute (0-59), hour (0-23), day of month (1-31), month (1-12 or JAN-DEC),
day of week (0-7 or SUN-SAT). Each is `*`, a value, a range `a-b`, a step `*/n` or `a-b/n` (no longer than
the range), or a list of them.
Why: schedulers refuse anything else, or read six fields as seconds.

Bad:

    schedule: "every tuesday at six"

Good:

    schedule: "0 6 * * TUE"
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.cron import cron_problem
from spine_gen.spec.language import Draft

CODE = Code("SG329", "a schedule that is no cron expression", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for workflow in draft.workflows:
        word = workflow.schedule
        if word is None:
            continue
        if problem := cron_problem(word.value):
            yield draft.problem(CODE, word, problem, "schedule")
