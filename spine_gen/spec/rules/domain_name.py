"""The domain's package can be imported beside everything else.

What: the package that a domain becomes (`finra.otc` → `finra_otc`) must not be called like a module of
Python, of spine or of a library that pipelines run on, nor be a Python keyword.
Why: `import json` would find the generated package instead, in every program that runs it.

Bad:

    domain: json

Good:

    domain: sec.json_filings
"""

import keyword
import sys
from collections.abc import Iterator

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft

CODE = "SG301"
_TAKEN = frozenset(
    {
        *("spine", "spine_gen", "core", "tests", "conftest"),
        *("alembic", "duckdb", "psycopg", "rich", "sqlalchemy", "typer", "uuid_utils"),
    }
)


def check(draft: Draft) -> Iterator[Diagnostic]:
    if draft.domain is None:
        return
    package = draft.domain.value.replace(".", "_")
    if keyword.iskeyword(package) or keyword.issoftkeyword(package):
        what = "is a word of Python's"
    elif package in sys.stdlib_module_names:
        what = "is a module of Python's standard library"
    elif package in _TAKEN:
        what = "is taken by what generated code stands on"
    else:
        return
    yield draft.finding(
        CODE,
        draft.domain.span,
        f'the domain "{draft.domain.value}" cannot be a package: "{package}" {what}',
        help="choose another name, such as one with the data's publisher in front",
    )
