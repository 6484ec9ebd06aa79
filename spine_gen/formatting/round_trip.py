"""A text through ruamel.yaml and back: its indentation and spaces made even, its quotes and comments kept."""

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString
from ruamel.yaml.tag import Tag

from spine_gen.source.document import Document, Mapping, Node, Scalar, Sequence

_SQL_KEYS = ("sql", "sqlite", "postgresql")
_UNBROKEN = 1_000_000_000  # columns: the library breaks no line, where it would do so in flow mappings too
_NULL = Tag(suffix="tag:yaml.org,2002:null")


class CannotLayOut(Exception):
    """The library does not take the text or cannot write it, or what it wrote is no YAML any more."""


class _AsWritten(VersionedResolver):
    """Takes all that is not quoted for text, so that it comes back as it was written: `2025-01`, `0.50`."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is ScalarNode and implicit[0]:
            return self.DEFAULT_SCALAR_TAG if value else _NULL
        return super().resolve(kind, value, implicit)


def dumped(document: Document) -> str:
    """The document's text as the library writes it; CannotLayOut where it does not."""
    yaml = YAML(typ="rt")
    yaml.Resolver = _AsWritten
    yaml.preserve_quotes = True
    yaml.width = _UNBROKEN
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    try:
        data = yaml.load(document.lines.text)
        _restyle(data, document.root)
        yaml.dump(data, out)
    # What the library trips over where it cannot keep a text: it has no error of its own for much of that.
    except (YAMLError, ValueError, TypeError, AttributeError, NotImplementedError) as error:
        raise CannotLayOut(str(error).splitlines()[0] if str(error) else type(error).__name__) from error
    return out.getvalue()


def _restyle(data: Any, node: Node) -> None:
    """Texts over several lines become blocks, so that their lines stay."""
    if data.fa.flow_style():
        return
    pairs: list[tuple[str | int, str, Node]]
    match node:
        case Mapping():
            pairs = [(entry.name, entry.name, entry.value) for entry in node if _inside(entry.key, node)]
        case Sequence():
            pairs = [(index, "", item) for index, item in enumerate(node.items)]
        case _:
            return
    for key, name, part in pairs:
        if not _inside(part, node) or (isinstance(key, str) and key not in data):
            continue  # an alias, whose text stands elsewhere
        if not isinstance(part, Scalar):
            _restyle(data[key], part)
        elif key not in data.ca.items and (block := _block(data[key], part, name)) is not None:
            data[key] = block


def _inside(part: Node, whole: Node) -> bool:
    return whole.start <= part.start and part.end <= whole.end


def _block(value: Any, scalar: Scalar, name: str) -> Any:
    """The text as a block; None where it is no text over several lines, is one already, or has an anchor."""
    source = scalar.lines.text[scalar.start : scalar.end]
    anchored = getattr(value, "anchor", None) is not None and value.anchor.value
    if not isinstance(value, str) or anchored or source[:1] in ("|", ">"):
        return None
    if "\n" in value:
        lines = value.split("\n")
        fits = value.replace("\n", "").isprintable() and not any(line.endswith(" ") for line in lines)
        wanted = "\n" in source or name in _SQL_KEYS
        return LiteralScalarString(value) if wanted and fits and not value.startswith((" ", "\n")) else None
    parts = [line.strip() for line in source.strip("\"'").split("\n")]
    if len(parts) < 2 or " ".join(parts) != value:
        return None
    folded: Any = FoldedScalarString(value)
    ends = [len(" ".join(parts[:count])) for count in range(1, len(parts))]
    folded.fold_pos = ends
    return folded
