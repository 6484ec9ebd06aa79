"""A path that is a URL leads to a file that can be fetched.

What: a scheme by which nothing is fetched, or one that leads to this machine; a user, a password or a secret
in the URL; a pattern where HTTP has no listing to match; signs that have to be percent-encoded; no host.
Why: a spec says which file to read, and is read by many; how to get at it, and as whom, pyproject.toml says
under `[tool.spine.remotes]`, with secrets from the environment. What a partition's value has of odd signs is
percent-encoded for HTTP as it is filled in.

Bad:

    source: {format: csv, path: "https://me:secret@prices.example.com/{day}.csv"}

Good:

    source: {format: csv, path: "https://prices.example.com/{day}.csv"}
"""

from collections.abc import Iterator

from spine.core.addresses import address_problems, is_address, is_http, shown
from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG393", "a URL that nothing can be fetched from", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        source = stage.source
        path = source.path if source else None
        if source is None or path is None or not is_address(path.value):
            continue
        for problem in address_problems(path.value):
            headline = f'path "{shown(path.value)}" {problem.what}'
            yield draft.finding(CODE, path.within(problem.start, problem.end), headline, help=problem.advice)
        at_least = source.files.at_least.value if source.files and source.files.at_least else 1
        is_pattern = not is_http(path.value) and ("*" in path.value or "?" in path.value)
        if at_least > 1 and not is_pattern:
            headline = f'path "{shown(path.value)}" names one file, where {at_least} are needed'
            advice = "name one" if is_http(path.value) else "write `*` for what their names differ in"
            yield draft.finding(CODE, path.span, headline, help=advice)
