"""The main job on SQLite, from a fresh clone: install, build, migrate, run one week, show what happened.

    python3 examples/quickstart.py

Run it again: the stages that are complete are skipped, and the same checks pass.
"""

import shlex
import subprocess
import sys

from environment import ROOT, prepare_environment

COMMANDS = (
    "spine-gen build specs/finra.yaml",
    "spine migrate",
    "spine run finra.otc/weekly --partition 2025-W51",
    "spine status finra.otc",
    "spine anomalies finra.otc --partition 2025-W51",
)


def main() -> int:
    """Run every command, showing it first; the exit status of the first that fails, else 0."""
    try:
        commands = prepare_environment(".")
    except subprocess.CalledProcessError as error:
        return error.returncode
    for command in COMMANDS:
        print(f"\n$ {command}", flush=True)
        name, *arguments = shlex.split(command)
        status = subprocess.run([commands / name, *arguments], cwd=ROOT, check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
