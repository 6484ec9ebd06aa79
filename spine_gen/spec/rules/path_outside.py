"""A path stays below the data root.

What: the path is absolute, begins with `~` or a drive, goes up by `..`, has a backslash or an empty part, or
ends in a slash.
Why: a spec is data from a pull request; it says which of the project's files to read, and no others. Forward
slashes mean the same everywhere.

Bad:

    path: ../../etc/{week}.csv

Good:

    path: data/{week}.csv
"""

import re
from collections.abc import Iterator

from spine.core.addresses import is_address
from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG318", "a path that leaves the data root", explanation=__doc__)
_PROBLEMS = (
    (r"\\", "has a backslash", "write forward slashes"),
    (r"^/", "is absolute", "name it below the data root"),
    (r"^[A-Za-z]:", "begins with a drive", "name it below the data root"),
    (r"^~", "begins in a home directory", "name it below the data root"),
    (r"(?:(?<=/)|^)\.\.(?=/|$)", "goes up", "name it below the data root"),
    (r"(?:(?<=/)|^)\.(?=/|$)", "has a part `.`", "remove that part"),
    (r"//", "has an empty part", "write one slash"),
    (r"/$", "ends in a slash", "name a file"),
    (r"[\[\]]", "has a bracket", "a pattern has `*` and `?` only"),
    (r"\*\*", "matches folders of any depth", "write one `*` for each folder"),
)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        path = stage.source.path if stage.source else None
        if path is None or is_address(path.value):
            continue  # path_address judges those
        for pattern, what, advice in _PROBLEMS:
            if found := re.search(pattern, path.value):
                span = path.within(found.start(), max(found.end(), found.start() + 1))
                yield draft.finding(CODE, span, f'path "{path.value}" {what}', help=advice)
                break
        files = stage.source.files if stage.source else None
        if files and files.at_least and files.at_least.value > 1 and not re.search(r"[*?]", path.value):
            headline = f'path "{path.value}" names one file, where {files.at_least.value} are needed'
            yield draft.finding(CODE, path.span, headline, help="write `*` for what their names differ in")
