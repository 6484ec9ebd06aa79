"""Install the project with what its tests need, and run them all, on SQLite and on a real PostgreSQL.

    python3 tests/run.py [PYTEST ARGUMENT ...]

PostgreSQL comes in a wheel and is started for the tests alone: nothing else has to be installed or running.
The tests use all cores, unless an argument such as ``-n 0`` says otherwise.
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))

from environment import ROOT, prepare_environment


def main() -> int:
    """Run pytest in the prepared environment; its exit status."""
    try:
        commands = prepare_environment(".[dev]")
    except subprocess.CalledProcessError as error:
        return error.returncode
    return subprocess.run(
        [commands / "python", "-m", "pytest", "-n", "auto", *sys.argv[1:]], cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
