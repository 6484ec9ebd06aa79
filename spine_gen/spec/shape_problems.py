"""What can be wrong with the shape of a spec: one function per code, whose docstring explains it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from spine_gen.diagnostics import Diagnostic, did_you_mean
from spine_gen.source import Mapping as MappingNode
from spine_gen.source import Scalar, Span
from spine_gen.spec.finding import finding
from spine_gen.spec.shape_advice import form_meant, word_meant
from spine_gen.spec.shape_places import Here, described

NO_SCHEMA: Mapping[str, Any] = {}
_TYPE_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}


def missing_key(here: Here, name: str) -> Diagnostic:
    """A key that has to be there is missing.

    What: a mapping lacks a key without which it means nothing.
    Why: nothing is guessed; a default would be wrong for somebody.

    Bad:

        anomalies:
          NO_CLOSE: {description: The row has no closing price.}

    Good:

        anomalies:
          NO_CLOSE: {severity: WARNING, description: The row has no closing price.}
    """
    return here.finding("SG201", f'{here.name} has no "{name}"', f"add `{name}:`")


def unknown_key(here: Here, name: str, known: tuple[str, ...]) -> Diagnostic:
    """Only keys of the spec language are allowed.

    What: a mapping has a key that the spec language does not know at this place.
    Why: a misspelt key that were passed over would quietly do nothing.

    Bad:

        symbol: {type: string, nulable: true}

    Good:

        symbol: {type: string, nullable: true}
    """
    present = here.document.at(here.path)
    free = tuple(key for key in known if not (isinstance(present, MappingNode) and present.entry(key)))
    advice = did_you_mean(name, free, otherwise=f"remove it; known here: {', '.join(known)}")
    return here.finding("SG202", f'{here.name} has the unknown key "{name}"', advice, here.key_span(name))


def wrong_type(
    here: Here, value: Any, expected: Sequence[str], schema: Mapping[str, Any] = NO_SCHEMA
) -> Diagnostic:
    """A value has to be of the right type.

    What: there is text where a number belongs, a list where a mapping belongs, and so on.
    Why: YAML reads `007` as a number and `true` as a truth value; quotes make text of them.

    Bad:

        from: 2024

    Good:

        from: "2024"
    """
    wanted = " or ".join(dict.fromkeys(_TYPE_WORDS[name] for name in expected if name != "null"))
    headline = f"{here.name} has to be {wanted}, not {described(value)}"
    if value is None:
        advice = "write the value, or remove the key"
    elif meant := form_meant(value, expected, schema):
        advice = meant
    elif "string" in expected and not isinstance(value, list | dict):
        advice = "put it in quotes"
    else:
        advice = f"write {wanted}"
    return here.finding("SG203", headline, advice)


def wrong_value(here: Here, value: Any, allowed: Sequence[Any]) -> Diagnostic:
    """A value has to be one of those listed.

    What: a word that is chosen from a fixed list (a type, a format, a severity, an action) is not on it.
    Why: each of them means something to the generator; others mean nothing.

    Bad:

        action: discard

    Good:

        action: drop
    """
    if here.path == ("spine",):
        headline = f"spec language version {described(value)} is not known"
        return here.finding("SG204", headline, "write `spine: 1`")
    words = [str(word) for word in allowed]
    advice = word_meant(value, allowed) or did_you_mean(
        str(value), words, otherwise=f"use one of {', '.join(words)}"
    )
    return here.finding("SG204", f"{here.name} cannot be {described(value)}", advice)


def bad_name(here: Here, value: str, pattern: str) -> Diagnostic:
    """A name has to be written in the form of its kind.

    What: stages, tiers and anomaly codes are UPPER_CASE; columns, tables, dimensions, workflows, steps and
    functions are lower_case; a domain is lower-case words parted by dots.
    Why: names become Python identifiers, file names and SQL; one form for each kind keeps them readable
    and safe in all three.

    Bad:

        stages:
          load-prices: {tier: BRONZE}

    Good:

        stages:
          LOAD_PRICES: {tier: BRONZE}
    """
    words = re.sub(r"[^A-Za-z0-9]+", "_", value).strip("_")
    if "A-Z]" in pattern[:6] and "a-z" not in pattern:
        form, fixed = "upper-case letters, digits and underscores, beginning with a letter", words.upper()
    elif "\\." in pattern:
        form = "lower-case words parted by dots"
        fixed = ".".join(part.strip("_") for part in re.sub(r"[^a-z0-9.]+", "_", value.lower()).split("."))
    elif "A-Za-z" in pattern:
        form, fixed = "letters, digits and underscores, beginning with a letter", words
    else:
        form, fixed = "lower-case letters, digits and underscores, beginning with a letter", words.lower()
    advice = f"write {form}" + (f", such as `{fixed}`" if re.search(pattern, fixed) else "")
    return here.finding("SG205", f"{described(value)} is not a valid name here", advice)


def out_of_range(here: Here, value: float, least: float | None, most: float | None) -> Diagnostic:
    """A number has to lie within its limits.

    What: a number is too small or too large for what it counts.
    Why: a rate is a share from 0 to 1, a window has at least one partition, a decimal has 1 to 38 digits.

    Bad:

        max_rate: 5

    Good:

        max_rate: 0.05
    """
    headline = f"{here.name} cannot be {described(value)}"
    share = f", such as {value / 100:g}" if most == 1 and 1 < value < 100 else ""
    return here.finding("SG206", headline, f"use a number from {least} to {most}{share}")


def empty(here: Here, advice: str) -> Diagnostic:
    """What has to say something must not be empty.

    What: a list, a mapping or a text that needs at least one item has none.
    Why: a domain without stages, an enum without values or a workflow without steps does nothing.

    Bad:

        market: {type: enum, values: []}

    Good:

        market: {type: enum, values: [NYSE, NASDAQ]}
    """
    return here.finding("SG207", f"{here.name} is empty", f"{advice}, or remove it")


def too_long(here: Here, value: str, limit: int) -> Diagnostic:
    """Texts and names have a highest length.

    What: a name is longer than 63 characters, a delimiter longer than one, or a text longer than its limit.
    Why: PostgreSQL cuts names off after 63 bytes, so that two long ones could become the same.

    Bad:

        delimiter: "||"

    Good:

        delimiter: "|"
    """
    counted = f"{len(value)} characters, at most {limit} are allowed"
    return here.finding("SG210", f"{here.name} has {counted}", "shorten it")


def misplaced(
    path: str, span: Span, headline: str, also: tuple[tuple[Span, str], ...], advice: str
) -> Diagnostic:
    """What belongs to a key stands below it, and further to the right.

    What: the parts of a stage, a table or another mapping stand beside it, or a part stands below something
    that it does not belong to; or the key that they all belong to is left out.
    Why: in YAML the indentation alone says what belongs to what. All else is judged as if the parts stood in
    their place.

    Bad:

        table:
        name: prices_load
        key: [symbol]

    Good:

        table:
          name: prices_load
          key: [symbol]
    """
    return finding(path, "SG212", span, headline, also=also, help=advice)


def repeated_items(here: Here, value: list[Any]) -> Iterator[Diagnostic]:
    """A list has each item once.

    What: the same stage, column, tier or key appears twice in one list.
    Why: the second adds nothing; most likely another name was meant.

    Bad:

        key: [symbol, symbol]

    Good:

        key: [symbol, mpid]
    """
    seen: dict[str, int] = {}
    for index, item in enumerate(value):
        text = repr(item)
        if text in seen:
            again = Here(document=here.document, path=(*here.path, index))
            first = Here(document=here.document, path=(*here.path, seen[text]))
            headline = f"{here.name} lists {described(item)} twice"
            yield finding(
                here.document.path,
                "SG211",
                again.span,
                headline,
                label="again here",
                also=((first.span, "first here"),),
                help="remove one of the two",
            )
        seen.setdefault(text, index)


def wrong_kind(here: Here, kinds: Sequence[str], found: Sequence[str]) -> Diagnostic:
    """A stage or a step has one kind.

    What: a stage needs exactly one of `source`, `sql` and `python`; a check of one one of `when`, `having`,
    `unique` and `partition`; a step one of `check`, `stage` and `choice`; a check step one of `require` and
    `expect`; a choice at least one of `then` and `else`.
    Why: the kind decides what is generated.

    Bad:

        LOAD:
          tier: BRONZE
          source: {format: csv, path: "data/{date}.csv"}
          python: load

    Good:

        LOAD:
          tier: BRONZE
          source: {format: csv, path: "data/{date}.csv"}
    """
    listed = ", ".join(f'"{kind}"' for kind in kinds)
    if not found:
        return here.finding("SG208", f"{here.name} needs one of {listed}", f"add one of {listed}")
    both = " and ".join(f'"{kind}"' for kind in found)
    headline = f"{here.name} has {both}, but can have only one of them"
    return here.finding("SG208", headline, "keep one of them", here.key_span(found[1]))


def inapplicable_key(here: Here, name: str) -> Diagnostic:
    """A key has to fit the type or format it stands with.

    What: a key that only some types know stands with another: `precision` with a string, `delimiter` with
    parquet, `values` with a date.
    Why: it would quietly do nothing.

    Bad:

        symbol: {type: string, precision: 9}

    Good:

        price: {type: decimal, precision: 9, scale: 4}
    """
    node = here.document.at(here.path)
    decider = next(
        (node.get(key) for key in ("type", "format") if isinstance(node, MappingNode) and node.get(key)), None
    )
    chosen = f' with "{decider.text}"' if isinstance(decider, Scalar) else ""
    headline = f'{here.name} has "{name}", which means nothing{chosen}'
    return here.finding(
        "SG209", headline, f'remove "{name}", or change what it stands with', here.key_span(name)
    )
