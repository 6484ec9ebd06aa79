"""What parts and quotes the fields of a CSV file can be told apart.

What: `delimiter` and `quote`, or `delimiter` and `escape`, are the same character, or one of them is a line
break, a letter or a digit.
Why: no line could be read the way it was written.

Bad:

    source: {format: csv, path: "data/{date}.csv", delimiter: '"'}

Good:

    source: {format: csv, path: "data/{date}.csv", delimiter: "|"}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG338", "CSV signs that cannot be told apart", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        source = stage.source
        if source is None or (source.format and source.format.value != "csv"):
            continue
        for name, word in (
            ("delimiter", source.delimiter),
            ("quote", source.quote),
            ("escape", source.escape),
        ):
            if word is None or len(word.value) != 1:
                continue
            if (
                word.value.isalnum()
                or (not word.value.isprintable() and word.value != "\t")
                or ord(word.value) > 126
            ):
                headline = f"{name} {word.value!r} cannot be told apart from the text"
                yield draft.finding(CODE, word.span, headline, help="use a sign such as , ; | or a tab")
        delimiter = source.delimiter.value if source.delimiter else ","
        quote = source.quote.value if source.quote else '"'
        if delimiter == quote and (place := source.quote or source.delimiter):
            headline = f"delimiter and quote are both {quote!r}"
            yield draft.finding(CODE, place.span, headline, help="use two different signs")
        if source.escape and source.escape.value == delimiter:
            headline = f"delimiter and escape are both {delimiter!r}"
            yield draft.finding(CODE, source.escape.span, headline, help="use two different signs")
