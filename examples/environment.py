"""A virtual environment with this project in it, made with nothing but Python and pip."""

import importlib.util
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = "python.exe" if os.name == "nt" else "python"


def scripts_folder(environment: Path) -> Path:
    """Where a virtual environment keeps its commands."""
    return environment / ("Scripts" if os.name == "nt" else "bin")


def pip_command() -> list[str]:
    """The pip of this Python; where its virtual environment has none, that of the Python outside."""
    inside = importlib.util.find_spec("pip") is not None
    outside = Path(sys.base_prefix) / (PYTHON if os.name == "nt" else "bin/python3")
    return [sys.executable if inside else str(outside), "-m", "pip"]


def prepare_environment(requirement: str) -> Path:
    """Install ``requirement`` (such as ``.[dev]``) editable; return the folder of its commands.

    The virtual environment that runs this script is used where there is one, else ``.venv`` in the
    repository, which is made when it is missing. Raises ``subprocess.CalledProcessError`` when pip fails.
    """
    environment = Path(sys.prefix) if sys.prefix != sys.base_prefix else ROOT / ".venv"
    python = scripts_folder(environment) / PYTHON
    if not python.exists():
        # Some distributions ship venv without ensurepip, so a pip outside installs into it.
        venv.create(environment, with_pip=False, symlinks=os.name != "nt")
    print(f"Installing spine-gen into {environment.name} ...", file=sys.stderr, flush=True)
    install = ["--python", str(python), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip_command(), *install, "--editable", requirement], cwd=ROOT, check=True)
    return scripts_folder(environment)
