"""A decimal of more than 15 digits is not exact on SQLite.

What: a decimal column has a precision above 15. This is a warning.
Why: SQLite keeps such numbers as binary floating point, which holds 15 decimal digits exactly; PostgreSQL
keeps all of them. Longer values would be rounded on the one and not on the other.

Bad:

    notional: {type: decimal, precision: 20, scale: 4}

Good:

    notional: {type: decimal, precision: 15, scale: 4}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG314", "a decimal that SQLite cannot hold exactly", explanation=__doc__, severity="warning")
EXACT_DIGITS = 15


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        for column in stage.table.columns if stage.table else ():
            if column.precision and column.precision.value > EXACT_DIGITS:
                yield draft.finding(
                    CODE,
                    column.precision.span,
                    f'column "{column.name.value}" has {column.precision.value} digits; SQLite holds '
                    f"{EXACT_DIGITS} exactly",
                    help=f"lower the precision to {EXACT_DIGITS}, or run this domain on PostgreSQL only",
                )
