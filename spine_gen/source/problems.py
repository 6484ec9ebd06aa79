"""What can be wrong with a file before it means anything: one function per problem.

Their docstrings are what ``spine-gen explain`` prints. Making diagnostics of them is a later phase's.
"""

from dataclasses import dataclass

from spine_gen.source.position import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a file, and where."""

    code: str
    headline: str
    span: Span
    help: str | None = None
    label: str | None = None  # what to say at the place itself
    others: tuple[tuple[Span, str], ...] = ()  # further places that matter


class StoppedReading(Exception):
    """Nothing sensible can be read behind this problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.headline)
        self.problem = problem


def not_utf8(span: Span, byte: int) -> Problem:
    """A spec is UTF-8 text.

    What: the file holds a byte that is not part of any UTF-8 character.
    Why: names and descriptions go into Python, SQL and Markdown, which are all written as UTF-8; guessing
    another encoding would write wrong letters without a word.

    Bad: a file saved as Latin-1 or UTF-16.

    Good: the same file saved as UTF-8 ("Save with encoding" in most editors).
    """
    return Problem(
        code="SG101",
        headline=f"the file is not UTF-8: byte 0x{byte:02x} cannot be read",
        span=span,
        help="save the file as UTF-8",
    )


def syntax(span: Span, what: str, advice: str | None, others: tuple[tuple[Span, str], ...] = ()) -> Problem:
    """The file has to be YAML.

    What: the file cannot be read as YAML; reading stopped at or after the mistake.
    Why: nothing can be said about a spec that cannot be read.

    Bad:

        description: Prices: daily

    Good:

        description: "Prices: daily"
    """
    return Problem(code="SG102", headline=f"not valid YAML: {what}", span=span, help=advice, others=others)


def duplicate_key(name: str, span: Span, first: Span) -> Problem:
    """A key stands once in its mapping.

    What: the same key appears twice in one mapping.
    Why: YAML readers keep one of the two and drop the other without a word; which one differs between them.

    Bad:

        stages:
          LOAD: {tier: BRONZE}
          LOAD: {tier: SILVER}

    Good:

        stages:
          LOAD: {tier: BRONZE}
          CLEAN: {tier: SILVER}
    """
    return Problem(
        code="SG103",
        headline=f'key "{name}" is there twice',
        span=span,
        label="again here",
        others=((first, "first here"),),
        help="keep one of the two, or rename one",
    )


def empty(span: Span) -> Problem:
    """A spec says something.

    What: the file is empty, or holds only comments.
    Why: an empty spec is nearly always a file that was not saved, or the wrong one.

    Bad: an empty file.

    Good:

        spine: 1
        domain: prices.daily
    """
    return Problem(
        code="SG104",
        headline="the file is empty",
        span=span,
        help="start with `spine: 1` and `domain: …`; `spine-gen init` writes an example",
    )


def several_documents(span: Span) -> Problem:
    """One file holds one spec.

    What: the file holds more than one YAML document, parted by `---`.
    Why: one domain, one file, one generated package; a second document would be dropped without a word.

    Bad:

        spine: 1
        domain: a
        ---
        spine: 1
        domain: b

    Good: two files, one domain each.
    """
    return Problem(
        code="SG105",
        headline="the file holds more than one YAML document",
        span=span,
        label="a second document begins here",
        help="move it to a file of its own",
    )


def too_many_values(span: Span, limit: int) -> Problem:
    """Aliases stay small.

    What: with its aliases (`*name`) and merge keys (`<<`) written out, the document has too many values.
    Why: a few lines of aliases of aliases can stand for billions of values, and would exhaust memory.

    Bad:

        a: &a [x, x, x, x, x, x, x, x, x]
        b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
        c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]

    Good: write out what is meant.
    """
    return Problem(
        code="SG106",
        headline=f"the document has more than {limit:,} values once its aliases are written out",
        span=span,
        help="write out what is meant instead of repeating aliases of aliases",
    )


def version(written: str, span: Span) -> Problem:
    """A `%YAML` line of a version that there is not."""
    return syntax(span, f"there is no YAML {written}", "remove the line: a spec is read as YAML 1.2")


def quoted(text: str) -> str:
    """What to do about a text that begins with a sign of YAML's."""
    return f'put it in quotes: "{text}"'


def bad_alias(name: str, span: Span, anchor: Span | None, text: str | None = None) -> Problem:
    """An alias names an anchor that stands before it.

    What: `*name` has no `&name` before it, or stands inside the very value that it names.
    Why: the first has no meaning; the second would be endless.

    Bad:

        inputs: *loads

    Good:

        inputs: &loads [LOAD]

    A text that begins with `*` (here: `text`) is quoted: `schedule: "*/5 * * * *"`.
    """
    if anchor is None:
        headline, others = f'alias "*{name}" names no anchor before it', ()
        advice = f"define &{name} first" if text is None else quoted(text)
        return Problem(code="SG107", headline=headline, span=span, others=others, help=advice)
    return Problem(
        code="SG107",
        headline=f'alias "*{name}" stands inside the value that it names',
        span=span,
        others=((anchor, "the value begins here"),),
        help="write out what is meant",
    )


def bad_key(span: Span, what: str) -> Problem:
    """A key is a plain word.

    What: a key is a list, a mapping or an alias to one, or a merge key (`<<`) merges what is no mapping.
    Why: every key of a spec is a name.

    Bad:

        ? [LOAD, CLEAN]
        : {tier: BRONZE}

    Good:

        LOAD: {tier: BRONZE}
        CLEAN: {tier: BRONZE}
    """
    return Problem(code="SG108", headline=what, span=span, help="write a name, then a colon")


def tag(name: str, span: Span) -> Problem:
    """A spec has no YAML tags.

    What: a value has a tag such as `!!python/object` or `!Ref`.
    Why: tags ask a reader to make objects of its own kind; a spec is only text, numbers, lists and mappings.

    Bad:

        description: !!python/name:os.system

    Good:

        description: Daily prices.
    """
    return Problem(
        code="SG109",
        headline=f'YAML tag "{name}" has no meaning in a spec',
        span=span,
        help="remove the tag; quote the value if it must be read as text",
    )


def too_large(span: Span, what: str) -> Problem:
    """A spec is a file that people read.

    What: the file is larger than 1 MB, or nested deeper than 40 levels.
    Why: no spec is; most likely it is the wrong file, such as data.

    Bad: `spine-gen build data/week.json`

    Good: `spine-gen build specs/finra.yaml`
    """
    return Problem(code="SG110", headline=what, span=span, help="is this the right file?")
