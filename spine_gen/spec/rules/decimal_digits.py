"""A decimal has no more places than digits.

What: the `scale` of a decimal column is larger than its `precision`.
Why: precision counts all digits and scale those after the point; databases refuse the rest.

Bad:

    price: {type: decimal, precision: 4, scale: 6}

Good:

    price: {type: decimal, precision: 10, scale: 6}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG313", "a decimal with more places than digits", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        for column in stage.table.columns if stage.table else ():
            precision, scale = column.precision, column.scale
            if precision and scale and scale.value > precision.value:
                yield draft.finding(
                    CODE,
                    scale.span,
                    f'column "{column.name.value}" has {scale.value} places in {precision.value} digits',
                    also=((precision.span, "digits in all"),),
                    help=f"raise the precision to at least {scale.value}, or lower the scale",
                )
