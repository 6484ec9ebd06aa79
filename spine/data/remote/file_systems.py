"""Files of every other file system that fsspec knows: measured, and seen to be the same before and after."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, cast

from spine.core.addresses import SCHEMES, scheme_of
from spine.errors import SourceError
from spine.remotes import Remote, plain

from .answers import Answer, FetchError, NotThereError
from .archive import Validators

_BLOCK = 1 << 20
# What file systems call that by which an object is told from an earlier one under its name.
_TOKENS = ("ETag", "etag", "e_tag", "VersionId", "md5Hash", "content_md5", "generation", "checksum", "sha")
_TIMES = ("LastModified", "last_modified", "mtime", "updated", "modified")
# Errors of libraries that are no OSErrors, by the package that raises them.
_LIBRARY_ERRORS = {
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
    "aiohttp": ("ClientError",),
    "paramiko": ("SSHException",),
    "requests": ("RequestException",),
}
_CREDENTIALS = 'give it credentials under [tool.spine.remotes], as {env = "VARIABLE"}'


class _FileSystem(Protocol):
    """What is used of fsspec's AbstractFileSystem."""

    def info(self, path: str) -> Mapping[str, Any]: ...
    def open(self, path: str, mode: str, **options: Any) -> Any: ...
    def glob(self, path: str) -> list[str]: ...
    def unstrip_protocol(self, name: str) -> str: ...
    def invalidate_cache(self) -> None: ...


class FileSystemClient:
    """Asks by fsspec: the object's token stands for an ETag."""

    @contextmanager
    def ask(
        self, address: str, remote_of: Callable[[str], Remote], known: Validators | None, deadline: float
    ) -> Iterator[Answer | None]:
        """See Client."""
        with _errors_told():
            system, path = _opened(address, remote_of(address))
            info = system.info(path)
        if info.get("type") == "directory":
            raise NotThereError("it is a folder", "name a file")
        token = _token(info)
        if known is not None and token is not None and known.etag == token:
            yield None
            return
        yield Answer(blocks=_blocks(system, path, info, deadline), validators=Validators(etag=token))


def listed(pattern: str, remote: Remote) -> list[str]:
    """The addresses of the files that match, in no order. Raises FetchError or NotThereError."""
    with _errors_told():
        system, path = _opened(pattern, remote)
        return [system.unstrip_protocol(name) for name in system.glob(path)]


def _opened(address: str, remote: Remote) -> tuple[_FileSystem, str]:
    """The file system, which remembers nothing of what it has seen, and the path in it."""
    if "::" in address:  # fsspec would go on to another file system, such as this machine's
        raise NotThereError("its name has ::, by which no file can be named", "give it another name")
    scheme = scheme_of(address)
    options = _with_timeouts(scheme, remote)
    try:
        import fsspec.core  # noqa: PLC0415 - few need it

        system, path = fsspec.core.url_to_fs(address, use_listings_cache=False, **options)
    except TypeError as error:
        raise SourceError(
            f"{scheme}:// cannot be opened ({error}): correct its options under [tool.spine.remotes]"
        ) from error
    except (ImportError, ValueError) as error:  # of an older fsspec, which does not know the scheme
        extra = "s3" if SCHEMES.get(scheme) == "s3fs" else "remote"
        besides = "" if extra == "s3" or not SCHEMES.get(scheme) else f", and {SCHEMES[scheme]}"
        raise SourceError(
            f"nothing is installed here that reads {scheme}:// ({error}): "
            f'pip install "spine-gen[{extra}]"{besides}'
        ) from error
    system.invalidate_cache()  # one that is asked again is the same object
    return cast(_FileSystem, system), path


def _with_timeouts(scheme: str, remote: Remote) -> dict[str, Any]:
    """The options of the file system; where it can be told, with the timeouts, and to try once alone."""
    options: dict[str, Any] = plain(remote.options)
    if SCHEMES.get(scheme) == "s3fs":
        waits = {"connect_timeout": remote.connect_timeout, "read_timeout": remote.stall_timeout}
        once = {"retries": {"max_attempts": 0}}
        options["config_kwargs"] = {**waits, **once, **options.get("config_kwargs", {})}
    return options


def _blocks(system: _FileSystem, path: str, before: Mapping[str, Any], deadline: float) -> Iterator[bytes]:
    """The content, all of it. FetchError where its length is wrong, or it was another meanwhile."""
    size = 0
    with _errors_told():
        with system.open(path, "rb", cache_type="readahead") as opened:
            while block := opened.read(_BLOCK):
                if time.monotonic() > deadline:
                    raise FetchError("it took longer than total_timeout allows")
                size += len(block)
                yield block
        system.invalidate_cache()
        after = system.info(path)
    if _identity(before) != _identity(after):
        raise FetchError("it changed while it was fetched")
    announced = after.get("size")
    if announced is not None and announced != size:
        raise FetchError(f"{size} bytes came of {announced}")


def _token(info: Mapping[str, Any]) -> str | None:
    found = next((info[name] for name in _TOKENS if info.get(name)), None)
    return None if found is None else str(found)


def _identity(info: Mapping[str, Any]) -> tuple[object, ...]:
    return (info.get("size"), _token(info), *(info.get(name) for name in _TIMES))


@contextmanager
def _errors_told() -> Iterator[None]:
    """Errors of file systems and of their libraries, as whether to ask again."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotThereError(
            "there is no such file", "wait for its publisher, or correct the URL", gone=True
        ) from error
    except PermissionError as error:
        raise NotThereError(f"it may not be read ({_told(error)})", _CREDENTIALS) from error
    except (NotADirectoryError, IsADirectoryError) as error:
        raise NotThereError(f"it is no file ({_told(error)})", "name a file") from error
    except _broken() as error:
        raise _other(error) from error


def _other(error: Exception) -> FetchError | NotThereError:
    name = type(error).__name__
    if "Credential" in name or "Auth" in name:
        return NotThereError(f"it may not be read ({_told(error)})", _CREDENTIALS)
    return FetchError(f"it cannot be read ({_told(error)})")


def _broken() -> tuple[type[Exception], ...]:
    """Errors of the system, and of those libraries that are in use, which are loaded then."""
    loaded = [(sys.modules.get(name), names) for name, names in _LIBRARY_ERRORS.items()]
    found: list[type[Exception]] = [OSError, EOFError]
    for module, names in loaded:
        found += [getattr(module, name) for name in names] if module else []
    return tuple(found)


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
