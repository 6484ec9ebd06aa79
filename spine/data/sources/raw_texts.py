"""The raw content of odd records, kept outside memory, so that their file is not needed again."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path


class RawTexts:
    """Texts in a file of the stage's own: written once, read as often as anomalies are written."""

    def __init__(self, path: Path, texts: Iterable[str]) -> None:
        self._path = path
        with path.open("w", encoding="utf-8", newline="\n") as opened:
            opened.writelines(f"{json.dumps(text)}\n" for text in texts)

    def __iter__(self) -> Iterator[str]:
        with self._path.open(encoding="utf-8") as opened:
            for line in opened:
                yield json.loads(line)
