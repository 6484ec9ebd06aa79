"""Lays Python out with ruff's formatter: its defaults alone, so that the bytes hang on no settings."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ruff import find_ruff_bin  # type: ignore[import-untyped]

from spine_gen.errors import FormattingError

_COMMAND = ("format", "--isolated", "--no-cache", "--quiet", "--target-version", "py311", ".")


def format_python(texts: Mapping[str, str]) -> dict[str, str]:
    """The same files, laid out; one run of ruff for all of them. Paths are only names here."""
    names = {path: f"f{number}.py" for number, path in enumerate(texts)}
    with TemporaryDirectory(prefix="spine-gen-") as folder:
        for path, name in names.items():
            (Path(folder) / name).write_text(texts[path], encoding="utf-8", newline="\n")
        done = subprocess.run(  # a fixed command, on files that were just written
            [find_ruff_bin(), *_COMMAND],
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode != 0:
            raise FormattingError(done.stderr)
        return {path: (Path(folder) / name).read_text(encoding="utf-8") for path, name in names.items()}
