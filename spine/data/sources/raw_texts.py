"""The raw content of odd records, kept outside memory, so that their file is not needed again."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from spine.core.json_text import storable_text

_as_json = json.JSONEncoder(ensure_ascii=False).encode


class RawTexts:
    """Texts in a file of the stage's own: written once, read as often as anomalies are written."""

    def __init__(self, path: Path, texts: Iterable[str]) -> None:
        self._path = path
        with path.open("w", encoding="utf-8", newline="\n") as opened:
            opened.writelines(f"{_as_json(storable_text(text))}\n" for text in texts)

    def as_json(self) -> Iterator[str]:
        """Each as JSON, storable (see core/json_text.py)."""
        with self._path.open(encoding="utf-8", newline="\n") as opened:
            for line in opened:
                yield line[:-1]

    def __iter__(self) -> Iterator[str]:
        return map(json.loads, self.as_json())
