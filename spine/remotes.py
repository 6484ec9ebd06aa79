"""How places elsewhere are reached: `[tool.spine.remotes]` and `[tool.spine.databases]`, checked.

A secret is never written there, only the name of the environment variable that has it. Nothing here connects
to anything, and the variables are not read before they are needed.
"""

import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeAlias

from spine.errors import SettingsError

# What a name of an option, a header or a query parameter ends in where its value is a secret.
_SECRET = re.compile(
    r"(?:.*_)?(?:(?:api|access|account|secret|private|storage)?_?key|secret|token|sas|password|passwd|pwd|"
    r"passphrase|authorization|credentials?|cookie|signature|sig|auth|connection_string)(?:_?id)?",
    re.I,
)
# Words that stand for a way to find credentials, not for one.
_NO_SECRETS = frozenset({"", "anon", "cache", "cloud", "google_default", "browser"})
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PREFIX = re.compile(r"[a-z][a-z0-9+.-]*://[^?#\s]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WITH_PASSWORD = re.compile(r"://[^/@]*:[^/]*@|[?&](?:password|passwd|pwd)=", re.I)


def is_secret(name: str) -> bool:
    """Whether an option, a header or a query parameter of that name has a secret for its value."""
    return _SECRET.fullmatch(name.replace("-", "_")) is not None


@dataclass(frozen=True)
class FromEnvironment:
    """A value that an environment variable has; it is read when it is needed, and never shown."""

    variable: str

    def value(self) -> str:
        """What the variable has. Raises SettingsError where it is not set."""
        found = os.environ.get(self.variable)
        if not found:
            raise SettingsError(
                f"the environment variable {self.variable}, which [tool.spine] names, is not set"
            )
        return found


OptionValue: TypeAlias = Any  # what TOML can say, with FromEnvironment in it


@dataclass(frozen=True, kw_only=True)
class Remote:
    """How what begins with a URL is fetched: the options of its file system, and how long it is tried."""

    prefix: str = ""
    attempts: int = 4  # in all
    backoff: float = 0.5  # seconds before the second; each wait after that is twice as long
    connect_timeout: float = 10.0  # seconds
    stall_timeout: float = 30.0  # seconds without a byte
    total_timeout: float = 3600.0  # seconds of all attempts together
    length: str = "required"  # or optional: an answer of http need not say how long it is
    headers: Mapping[str, OptionValue] = field(default_factory=dict)  # of http
    query: Mapping[str, OptionValue] = field(default_factory=dict)  # of http: what is added to the URL's
    options: Mapping[str, OptionValue] = field(default_factory=dict)  # of fsspec's file system


def plain(value: OptionValue) -> Any:
    """The value with what the environment has in its places. Raises SettingsError where a variable lacks."""
    if isinstance(value, FromEnvironment):
        return value.value()
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def remote_of(url: str, remotes: Sequence[Remote]) -> Remote:
    """The settings of the longest prefix that the URL begins with; the defaults where there is none."""
    of_url = [one for one in remotes if _is_below(url, one.prefix)]
    return max(of_url, key=lambda one: len(one.prefix), default=Remote())


def _is_below(url: str, prefix: str) -> bool:
    """Whether the prefix ends where a part of the URL does: s3://data is none of s3://data-of-others."""
    if prefix.endswith("/"):
        return url.startswith(prefix)
    return url == prefix or url.startswith((f"{prefix}/", f"{prefix}?"))


def read_remotes(table: object) -> tuple[Remote, ...]:
    """The remotes of `[tool.spine.remotes]`. Raises SettingsError naming all that is wrong with them."""
    problems: list[str] = []
    remotes = []
    for prefix, options in _entries("remotes", table, problems):
        where = f'[tool.spine.remotes."{prefix}"]'
        if not _PREFIX.fullmatch(prefix) or "@" in prefix:
            problems.append(f'{where} is no beginning of a URL: write one such as "s3://market-data"')
        elif not isinstance(options, dict):
            problems.append(f"{where} is {options!r}; write a table of options")
        else:
            remotes.append(_read_remote(prefix, options, where, problems))
    if problems:
        raise SettingsError("; ".join(problems))
    return tuple(remotes)


def read_databases(table: object) -> dict[str, str | FromEnvironment]:
    """The URLs of `[tool.spine.databases]`, by name. Raises SettingsError naming all that is wrong."""
    problems: list[str] = []
    databases: dict[str, str | FromEnvironment] = {}
    for name, given in _entries("databases", table, problems):
        where = f"[tool.spine.databases] {name}"
        value = _resolved(given, where, problems)
        if not _NAME.fullmatch(name):
            problems.append(f"{where} is no name: use letters, digits and _")
        elif isinstance(value, str) and _WITH_PASSWORD.search(value):
            problems.append(
                f"{where} has a password in it: put the whole URL into an environment variable, "
                f'and write {name} = {{env = "{_suggested(name)}_URL"}}'
            )
        elif isinstance(value, FromEnvironment) or (isinstance(value, str) and "://" in value):
            databases[name] = value
        elif not problems:
            problems.append(f'{where} is no URL: write {{env = "VARIABLE"}}, or a URL without a password')
    if problems:
        raise SettingsError("; ".join(problems))
    return databases


def _entries(name: str, table: object, problems: list[str]) -> Iterator[tuple[str, object]]:
    if isinstance(table, dict):
        yield from table.items()
    else:
        problems.append(f"[tool.spine] {name} is {table!r}; write a table: [tool.spine.{name}]")


_NUMBERS = {
    "attempts": int,
    "backoff": float,
    "connect_timeout": float,
    "stall_timeout": float,
    "total_timeout": float,
}
_OF_HTTP = ("headers", "query", "length")


def _read_remote(prefix: str, given: Mapping[str, object], where: str, problems: list[str]) -> Remote:
    is_http = prefix.startswith(("http://", "https://"))
    own: dict[str, Any] = {}
    options: dict[str, OptionValue] = {}
    for name, value in given.items():
        place = f"{where} {name}"
        if name in _NUMBERS:
            if isinstance(value, bool) or not isinstance(value, int | float) or not _fits(name, value):
                problems.append(
                    f"{place} is {value!r}; write a number above 0, such as {getattr(Remote, name)}"
                )
            else:
                own[name] = _NUMBERS[name](value)
        elif name == "length" and is_http:
            if value not in ("required", "optional"):
                problems.append(f'{place} is {value!r}; write "required" or "optional"')
            own[name] = value
        elif name in ("headers", "query") and is_http:
            if not isinstance(value, dict):
                problems.append(f"{place} is {value!r}; write a table of names and values")
            else:
                own[name] = {key: _option(key, one, f"{place} {key}", problems) for key, one in value.items()}
        elif is_http:
            known = (*_NUMBERS, *_OF_HTTP)
            near = get_close_matches(name, known, n=4, cutoff=0.6)
            choices = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
            problems.append(f"{place} is no setting of http: {choices}")
        else:
            options[name] = _option(name, value, place, problems)
    return Remote(prefix=prefix, options=options, **own)


def _fits(name: str, value: int | float) -> bool:
    return 0 < value < math.inf and (name != "attempts" or value == int(value))


def _option(name: str, value: object, place: str, problems: list[str]) -> OptionValue:
    """An option with what the environment has marked; a secret that is written out is a problem."""
    if isinstance(value, str) and is_secret(name) and value not in _NO_SECRETS:
        problems.append(
            f"{place} is a secret, which is not written into a file: put it into an environment variable, "
            f'and write {name} = {{env = "{_suggested(name)}"}}'
        )
        return None
    if isinstance(value, dict) and "env" not in value:
        return {key: _option(key, inner, f"{place}.{key}", problems) for key, inner in value.items()}
    return _resolved(value, place, problems)


def _resolved(value: object, place: str, problems: list[str]) -> OptionValue:
    if not isinstance(value, dict):
        return value
    variable = value.get("env")
    if len(value) == 1 and isinstance(variable, str) and _VARIABLE.fullmatch(variable):
        return FromEnvironment(variable)
    problems.append(f'{place} names no environment variable: write {{env = "VARIABLE"}}')
    return None


def _suggested(name: str) -> str:
    return re.sub(r"\W", "_", name).upper()
