"""Runs `spine` again and again from one process that has everything imported: a fork for each command.

A command starts in a few milliseconds rather than most of a second, in a process of its own, with all else as
people have it. Requests and answers are a line of JSON each.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, TextIO

IMPORTED = (
    "alembic.command",
    "alembic.operations",
    "duckdb",
    "psycopg",
    "rich.table",
    "sqlalchemy.orm",
    "spine.cli",
)


class Forks:
    """The process that forks, as tests talk to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, arguments: list[str], folder: Path, environment: dict[str, str], said: Path) -> int:
        """The exit status of one command; what it printed is in `said` with the suffixes .out and .err."""
        assert self._process.stdin is not None and self._process.stdout is not None
        request = {"arguments": arguments, "folder": str(folder), "environment": environment}
        self._process.stdin.write(json.dumps(request | {"said": str(said)}) + "\n")
        self._process.stdin.flush()
        return int(json.loads(self._process.stdout.readline()))


@cache
def forks() -> Forks:
    """One for all tests of a process; it ends with it, as its input does."""
    return Forks()


def serve(requests: TextIO, answers: TextIO) -> dict[str, Any] | None:
    """Answer requests until there are no more; in a child, return its request."""
    for line in requests:
        child = os.fork()
        if child == 0:
            request: dict[str, Any] = json.loads(line)
            return request
        answers.write(json.dumps(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])) + "\n")
        answers.flush()
    return None


def become(request: dict[str, Any]) -> None:
    """Be the process that the command would have been."""
    for number, suffix in ((1, ".out"), (2, ".err")):
        file = os.open(f"{request['said']}{suffix}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["spine", *request["arguments"]]
    sys.path.pop(0)  # the folder of this file


if __name__ == "__main__":
    for name in IMPORTED:
        __import__(name)
    asked = serve(sys.stdin, sys.stdout)
    if asked is not None:
        become(asked)
        from spine.cli import main

        main()
