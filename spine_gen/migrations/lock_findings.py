"""What the next revision does to a large table on PostgreSQL: warnings, as nobody works with it meanwhile.

One function per code, whose docstring is what ``spine-gen explain`` prints.
"""

from collections.abc import Sequence

from spine_gen.diagnostics.diagnostic import Diagnostic, Place


def long_lock(table: str, because: Sequence[str], instead: Sequence[str], place: Place) -> Diagnostic:
    """A large table is not locked for as long as all of it takes.

    What: on a table that is there already, a column gets another type, unless it is a decimal with more
    digits before the point; a column that might be NULL no longer may; or the key is another one. This is a
    warning.
    Why: PostgreSQL writes the table anew, looks through all of it, or builds the primary key again, and
    nobody can read or write it until the migration is through. A table of a few million rows takes seconds;
    for a larger one, plan it for a time when nothing runs, or do it in another way.

    Bad: `{type: integer}` becomes `{type: decimal, precision: 22, scale: 2}` on a table of a billion rows.

    Good: a column more of the new type, that may be NULL; a check with `action: fail` for a column that is
    not to be NULL from here on; or, where the table is small or nobody works then:

        acknowledge:
          - {code: SG608, of: otc_volume, reason: The table is written anew on a Sunday.}
    """
    return Diagnostic(
        code="SG608",
        severity="warning",
        headline=f"PostgreSQL locks {table} until the migration is through: it {'; it '.join(because)}",
        place=place,
        help=f"on a large table, {'; '.join(instead)}; {_acknowledge('SG608', table)}",
    )


def locking_index(index: str, table: str, place: Place) -> Diagnostic:
    """An index of a large table is built while others write.

    What: a table that is there already gets an index without `concurrently: true`. This is a warning.
    Why: PostgreSQL lets nobody write the table while it builds the index; a stage that publishes waits, or
    fails as it waits too long.

    Bad:

        indexes:
          - {columns: [mpid]}                       # new

    Good:

        indexes:
          - {columns: [mpid], concurrently: true}   # new
    """
    return Diagnostic(
        code="SG609",
        severity="warning",
        headline=f"index {index} is built on PostgreSQL while nobody may write {table}",
        place=place,
        help=f"on a large table, write concurrently: true; {_acknowledge('SG609', index)}",
    )


def _acknowledge(code: str, of: str) -> str:
    return f"on a small one, add {{code: {code}, of: {of}, reason: …}} to acknowledge"
