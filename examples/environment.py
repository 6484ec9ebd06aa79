"""A virtual environment with this project in it, made with nothing but Python and pip."""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def scripts_folder(environment: Path) -> Path:
    """Where a virtual environment keeps its commands."""
    return environment / ("Scripts" if os.name == "nt" else "bin")


def prepare_environment(requirement: str) -> Path:
    """Install ``requirement`` (such as ``.[dev]``) editable; return the folder of its commands.

    The virtual environment that runs this script is used where there is one, else ``.venv`` in the
    repository, which is made when it is missing. Raises ``subprocess.CalledProcessError`` when pip fails.
    """
    if sys.prefix != sys.base_prefix:
        environment, installer = Path(sys.prefix), [sys.executable, "-m", "pip"]
    else:
        environment = ROOT / ".venv"
        python = scripts_folder(environment) / ("python.exe" if os.name == "nt" else "python")
        if not python.exists():
            # Some distributions ship venv without ensurepip, so the pip outside installs into it.
            venv.create(environment, with_pip=False, symlinks=os.name != "nt")
        installer = [sys.executable, "-m", "pip", "--python", str(python)]
    print(f"Installing spine-gen into {environment.name} ...", file=sys.stderr, flush=True)
    subprocess.run(
        [*installer, "install", "--quiet", "--disable-pip-version-check", "--editable", requirement],
        cwd=ROOT,
        check=True,
    )
    return scripts_folder(environment)
