"""How the text of a lock lies on its lines, so that git merges what two branches changed in different places.

What can grow ends in an empty entry: no other is the last, without a comma, and an entry more is whole lines
between others. An item or a column is on a line, and blank lines are between digests that follow each other.
"""

import re
from collections.abc import Mapping
from typing import Any

END = ""
_DIGESTED = ("dimensions", "codes", "stages", "workflows")
_DIGEST = re.compile(r'^    "[^"/]+": "[0-9a-f]{64}",$', re.MULTILINE)
_TEXT = r'"(?:[^"\\]|\\.)*"'
# A column or an index of a table.
_ITEM = re.compile(rf'\{{\n *("name": "[^"]*",\n *"(?:type|columns)": (?:{_TEXT}|[^{{}}"])*?)\n *\}}')
_BRACKET = re.compile(rf"{_TEXT}|(?P<bracket>\[ | \])")


def with_ends(plain: Mapping[str, Any]) -> dict[str, Any]:
    """A lock's fields as its text has them: the files' and names' digests with an empty entry at the end."""
    files = {path: [*pieces, END] for path, pieces in plain["files"].items()}
    return {**plain, "files": {**files, END: []}, **{name: {**plain[name], END: ""} for name in _DIGESTED}}


def without_ends(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The fields from a lock's text, without those entries."""
    grown = {name: _without_end(plain[name]) for name in ("files", *_DIGESTED) if name in plain}
    if isinstance(files := grown.get("files"), dict):
        grown["files"] = {path: _without_end(pieces) for path, pieces in files.items()}
    return {**plain, **grown}


def laid_out(text: str) -> str:
    """A lock's JSON, as it is with an indent of two, on the lines that it lies on."""
    return _DIGEST.sub(r"\g<0>\n", _ITEM.sub(_on_one_line, text))


def _without_end(entries: Any) -> Any:
    if isinstance(entries, dict):
        return {name: entry for name, entry in entries.items() if name != END or entry}
    return entries[:-1] if isinstance(entries, list) and entries[-1:] == [END] else entries


def _on_one_line(item: re.Match[str]) -> str:
    joined = " ".join(line.strip() for line in item[1].split("\n"))
    return "{" + _BRACKET.sub(lambda found: found[0].strip() if found["bracket"] else found[0], joined) + "}"
