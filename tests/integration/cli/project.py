"""The spine command in a project of its own: run as people run it, with what it printed where."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.cli.forked import forks

ROOT = Path(__file__).resolve().parents[3]
SPINE = Path(sys.executable).parent / "spine"
WEEK = "2025-W51"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How one command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def refused(self, *said: str, status: int = 2) -> None:
        """It ended with this status, nothing on stdout, and one clear message with these words on stderr."""
        assert (self.status, self.out) == (status, ""), self
        assert "Traceback" not in self.err
        for part in said:
            assert part in self.err


@dataclass(frozen=True)
class Project:
    """A folder with [tool.spine], the repository's generated packages, and the sample data."""

    folder: Path

    def spine(self, *arguments: str, **environment: str) -> Ran:
        if any(name.startswith("PYTHON") for name in environment):  # which Python reads as it starts
            done = subprocess.run(
                [SPINE, *arguments],
                cwd=self.folder,
                env=clean_environment() | environment,
                capture_output=True,
                text=True,
                check=False,
            )
            return Ran(status=done.returncode, out=done.stdout, err=done.stderr)
        with tempfile.TemporaryDirectory() as folder:
            said = Path(folder) / "said"
            status = forks().run([*arguments], self.folder, clean_environment() | environment, said)
            out, err = (said.with_suffix(suffix).read_text(encoding="utf-8") for suffix in (".out", ".err"))
        return Ran(status=status, out=out, err=err)

    @property
    def database(self) -> Path:
        return self.folder / "spine.db"

    def logic(self, package: str, name: str) -> Path:
        """A logic file of generated packages that lie beside the project, where tests spoil them."""
        return self.folder.parent / "generated" / package / "logic" / f"{name}.py"


def clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPINE_")}
    return kept | {"PYTHONWARNINGS": "error", "COLUMNS": "80"}


def make_project(
    folder: Path, generated: Path = ROOT / "generated", data_root: Path = ROOT / "examples"
) -> Project:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(
        f"[tool.spine]\ngenerated = '{generated}'\ndata_root = '{data_root}'\n", encoding="utf-8"
    )
    return Project(folder)
