"""Where a project keeps its specs, generated packages, data and database: `[tool.spine]` and the environment.

Reads pyproject.toml and two environment variables; opens no database and imports no generated code.
"""

import math
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from spine.errors import SettingsError
from spine.remotes import FromEnvironment, Remote, read_databases, read_remotes

DATABASE_VARIABLE = "SPINE_DATABASE_URL"
DATA_VARIABLE = "SPINE_DATA_ROOT"
LOCK_VARIABLE = "SPINE_LOCK_TIMEOUT"
DEFAULTS: Mapping[str, str] = {
    "specs": "specs",
    "generated": "generated",
    "database_url": "sqlite:///spine.db",
    "data_root": ".",
    "archive": ".archive",
    "lock_timeout": "30",
    "migrate_lock_timeout": "5",
    "migrate_lock_retries": "3",
}
SQLITE_FILE = re.compile(
    r"(?P<scheme>sqlite(?:\+\w+)?:///)(?P<file>(?!:memory:|file:)[^?]+)(?P<query>\?.*)?", re.S
)
PASSWORD = re.compile(r"(?P<user>://[^:/@]*):.*@", re.S)  # to the last @: a password may hold one unquoted
_TABLES: Mapping[str, Callable[[object], object]] = {"remotes": read_remotes, "databases": read_databases}
PASSWORD_OPTION = re.compile(r"(?P<name>[?&]password=)[^&]*", re.I)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A project's places, every one absolute.

    A relative path (or SQLite file) counts from the folder of the pyproject.toml that names it, and from the
    current directory when it comes from the environment or the command line, as typed paths do.
    """

    root: Path  # the folder of the pyproject.toml with [tool.spine]; the start folder where there is none
    specs: Path
    generated: Path
    database_url: str = field(repr=False)  # may carry a password: print hide_password(url) instead
    data_root: Path  # what the relative source paths of specs start from
    archive: Path  # what was fetched from elsewhere
    remotes: tuple[Remote, ...] = ()
    databases: Mapping[str, str | FromEnvironment] = field(default_factory=dict)  # URLs of sources, by name
    lock_timeout: float = 30.0  # seconds that every lock of the database is waited for
    # The same for a migration, which keeps others waiting meanwhile; and how often it begins again.
    migrate_lock_timeout: float = 5.0
    migrate_lock_retries: int = 3


def load_settings(start: Path | None = None) -> Settings:
    """The settings of the project around `start` (default: the current directory).

    The nearest pyproject.toml upwards with a `[tool.spine]` table is the project's; SPINE_DATABASE_URL and
    SPINE_DATA_ROOT and SPINE_LOCK_TIMEOUT override it; the defaults are specs, generated, sqlite:///spine.db,
    the project's root and 30 seconds; 5 seconds and 3 retries where a migration waits for a lock. Raises
    SettingsError for a file that cannot be read, an unknown key, or a value that is not a string, or is no
    number where one is needed; and for a secret that is written out.
    """
    here = (start or Path.cwd()).absolute()
    root, table = _nearest_table(here)
    values = {**DEFAULTS, **table}
    database = os.environ.get(DATABASE_VARIABLE)
    data = os.environ.get(DATA_VARIABLE)
    return Settings(
        root=root,
        specs=root / values["specs"],
        generated=root / values["generated"],
        database_url=absolute_url(database, Path.cwd())
        if database
        else absolute_url(values["database_url"], root),
        data_root=Path.cwd() / data if data else root / values["data_root"],
        archive=root / values["archive"],
        remotes=read_remotes(values.get("remotes", {})),
        databases={
            name: absolute_url(url, root) if isinstance(url, str) else url
            for name, url in read_databases(values.get("databases", {})).items()
        },
        lock_timeout=_seconds(
            "lock_timeout",
            os.environ.get(LOCK_VARIABLE) or values["lock_timeout"],
            f"in [tool.spine], or {LOCK_VARIABLE}",
        ),
        migrate_lock_timeout=_seconds(
            "migrate_lock_timeout", values["migrate_lock_timeout"], "in [tool.spine]"
        ),
        migrate_lock_retries=_count("migrate_lock_retries", values["migrate_lock_retries"]),
    )


def absolute_url(url: str, base: Path) -> str:
    """The database URL with a relative SQLite file made absolute from `base`; any other URL as it is."""
    if not (match := SQLITE_FILE.fullmatch(url)):
        return url
    return f"{match['scheme']}{base / match['file']}{match['query'] or ''}"


def hide_password(url: str) -> str:
    """The database URL as messages show it: well formed or not, without its password."""
    return PASSWORD_OPTION.sub(r"\g<name>***", PASSWORD.sub(r"\g<user>:***@", url))


def _seconds(key: str, text: str, place: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise SettingsError(
            f'{key} is {text!r}, which is no number of seconds: write one, such as "30" ({place})'
        )
    return seconds


def _count(key: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise SettingsError(f'{key} is {text!r}, which is no number of times: write one, such as "3"')
    return int(text)


def _nearest_table(start: Path) -> tuple[Path, Mapping[str, Any]]:
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        table = _read_table(file)
        if table is not None:
            return folder, table
    return start, {}


def _read_table(file: Path) -> Mapping[str, Any] | None:
    """The checked `[tool.spine]` table of a pyproject.toml; None where the file or the table is absent."""
    try:
        text = file.read_bytes().decode()
        tool = tomllib.loads(text).get("tool", {})
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(
            f"{file}: cannot be read ({error.strerror}); make it readable or move it"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: is not valid TOML: {error}") from error
    if not isinstance(tool, dict) or "spine" not in tool:
        return None
    table = tool["spine"]
    if not isinstance(table, dict):
        raise SettingsError(f"{file}: tool.spine is {table!r}; write a table: [tool.spine]")
    problems = [problem for key, value in table.items() if (problem := _problem(key, value))]
    if problems:
        raise SettingsError(f"{file}: " + "; ".join(problems))
    return table


def _problem(key: str, value: object) -> str | None:
    if key in _TABLES:
        try:
            _TABLES[key](value)
        except SettingsError as error:
            return str(error)
        return None
    if key not in DEFAULTS:
        known = [*DEFAULTS, *_TABLES]
        near = get_close_matches(key, known, n=4, cutoff=0.6)
        choices = f"did you mean {' or '.join(near)}?" if near else f"the keys are {', '.join(known)}"
        return f"[tool.spine] has no key {key!r}; {choices}"
    if not isinstance(value, str):
        return f"[tool.spine] {key} is {value!r}; write a string, such as {DEFAULTS[key]!r}"
    if not value.strip():
        return f"[tool.spine] {key} is empty; write a value such as {DEFAULTS[key]!r}, or leave the line out"
    return None
