"""Files by HTTP: asked for on a condition, measured, and believed only when they came whole.

By the standard library, which lets the connection be seen: so a body that is longer than its Content-Length
shows, too, which clients cut off in silence. aiohttp, behind fsspec, asks without conditions.
"""

import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from spine.core.addresses import HTTP
from spine.remotes import Remote, plain

from .answers import Answer, FetchError, NotThereError
from .archive import Validators

_BLOCK = 1 << 18
_MOST_HOPS = 5
_SETTLED = 2.0  # seconds
_AFTERWARDS = 1.0  # seconds in which a body that is longer than it was announced shows
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOR_NOW = frozenset({408, 425, 429, 500, 502, 503, 504})
_REFUSED = {
    401: "the server wants to know who asks",
    403: "the server does not let us",
}
_CREDENTIALS = (
    'give it credentials under [tool.spine.remotes], such as headers = {Authorization = {env = "VARIABLE"}}'
)


class _Response(http.client.HTTPResponse):
    """A response that keeps the socket which it comes by, so that every wait can be bounded."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.socket = sock


class _Connection(http.client.HTTPConnection):
    """A connection that, once it is made, waits as long as for a byte of the file."""

    response_class = _Response

    def __init__(self, host: str, *, stall_timeout: float, **options: Any) -> None:
        super().__init__(host, **options)
        self._stall_timeout = stall_timeout

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(self._stall_timeout)


class _SecureConnection(_Connection, http.client.HTTPSConnection):
    pass


class _Handler(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Opens both kinds of connections."""

    def __init__(self, stall_timeout: float) -> None:
        super().__init__()
        self._stall_timeout = stall_timeout

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Connection, stall_timeout=self._stall_timeout), request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        made = partial(_SecureConnection, stall_timeout=self._stall_timeout)
        return self.do_open(made, request, context=ssl.create_default_context())


class HttpClient:
    """Asks by HTTP/1.1, over the proxies that the environment names, a connection for each question."""

    @contextmanager
    def ask(
        self, address: str, remote_of: Callable[[str], Remote], known: Validators | None, deadline: float
    ) -> Iterator[Answer | None]:
        """See Client. A redirect is followed with the settings of where it leads, and so without secrets."""
        remote = remote_of(address)
        with _connected(address, remote_of, known, deadline) as response:
            if response.status == 304 and known is not None:
                yield None
                return
            _refuse(response)
            yield Answer(
                blocks=_blocks(response, remote, deadline),
                validators=_validators(response),
            )


@contextmanager
def _connected(
    address: str, remote_of: Callable[[str], Remote], known: Validators | None, deadline: float
) -> Iterator[_Response]:
    """What answers at the end of the redirects."""
    url = address
    for _ in range(_MOST_HOPS):
        remote = remote_of(url)
        response = _open(url, remote, known, deadline)
        try:
            to = response.headers["Location"]
            if response.status not in _REDIRECTS or to is None:
                yield response
                return
        finally:
            response.close()
        before, url = urlsplit(url), urljoin(url, to)
        after = urlsplit(url)
        if after.scheme not in HTTP or (before.scheme, after.scheme) == ("https", "http"):
            raise NotThereError(
                f"the server leads to {after.scheme}://{after.hostname}", "name the file's own URL"
            )
    raise NotThereError(f"the server leads from one URL to the next, {_MOST_HOPS} times", "correct the URL")


def _open(url: str, remote: Remote, known: Validators | None, deadline: float) -> _Response:
    opener = urllib.request.OpenerDirector()  # without handlers of redirects and of errors
    for handler in (urllib.request.ProxyHandler(), _Handler(min(remote.stall_timeout, _left(deadline)))):
        opener.add_handler(handler)
    opener.addheaders = []
    query = urlencode(plain(remote.query))
    asked = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
    request = urllib.request.Request(asked, headers={**_headers(known), **plain(remote.headers)})
    try:
        response = opener.open(request, timeout=min(remote.connect_timeout, _left(deadline)))
    except urllib.error.URLError as error:
        raise _unreached(error.reason if isinstance(error.reason, Exception) else error) from None
    except (OSError, http.client.HTTPException) as error:
        raise _unreached(error) from None
    except ValueError:  # whose message has the value
        raise NotThereError(
            "a header has signs that none may have", "correct headers under [tool.spine.remotes]"
        ) from None
    assert isinstance(response, _Response)
    return response


def _headers(known: Validators | None) -> dict[str, str]:
    given = {
        "User-Agent": f"spine-gen/{version('spine-gen')}",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
    }
    if known is not None and known.etag:
        given["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        given["If-Modified-Since"] = known.last_modified
    return given


def _validators(response: _Response) -> Validators:
    """By what it can be asked next time whether a byte has changed.

    A weak ETag says that two contents mean the same. A time counts in seconds: a file that was written just
    before it was sent may be written again in the same one.
    """
    etag, modified = response.headers["ETag"], response.headers["Last-Modified"]
    written, sent = _time(modified), _time(response.headers["Date"])
    is_settled = written is not None and sent is not None and (sent - written).total_seconds() > _SETTLED
    return Validators(
        etag=None if etag is None or etag.startswith("W/") else etag,
        last_modified=modified if is_settled else None,
    )


def _refuse(response: _Response) -> None:
    """Raise an error for what is no content."""
    status = f"HTTP {response.status} {response.reason}".strip()
    if response.status == 200:
        return
    if response.status in _FOR_NOW:
        raise FetchError(f"the server answered {status}", _retry_after(response))
    if response.status in (404, 410):
        raise NotThereError(
            f"there is no such file ({status})", "wait for its publisher, or correct the URL", gone=True
        )
    if response.status in _REFUSED:
        raise NotThereError(f"{_REFUSED[response.status]} ({status})", _CREDENTIALS)
    raise NotThereError(f"the server answered {status}, and sent no file", "correct the URL")


def _retry_after(response: _Response) -> float | None:
    given = response.headers["Retry-After"] or ""
    if given.isascii() and given.isdecimal():
        return float(given)
    until = _time(given)
    return None if until is None else (until - datetime.now(UTC)).total_seconds()


def _time(given: str | None) -> datetime | None:
    """A time as HTTP writes it."""
    try:
        found = parsedate_to_datetime(given or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _blocks(response: _Response, remote: Remote, deadline: float) -> Iterator[bytes]:
    """The body, all of it. FetchError where it stalls, or is not as long as was announced."""
    announced = response.length
    if announced is None and not response.chunked and remote.length == "required":
        raise NotThereError(
            "the server does not say how long the file is, so that nobody could tell whether all of it came",
            f'where that is its way, write length = "optional" under [tool.spine.remotes."'
            f'{_origin(response)}"]',
        )
    response.length = None  # so that what comes behind is not cut off
    size = 0
    try:
        while announced is None or size < announced:
            response.socket.settimeout(min(remote.stall_timeout, _left(deadline)))
            block = response.read1(_BLOCK)
            if not block:
                break
            size += len(block)
            yield block
        if announced is not None and size < announced:
            raise FetchError(f"the connection ended after {size} of {announced} bytes")
        if announced is not None and (size > announced or _goes_on(response)):
            raise FetchError(f"more came than the {announced} bytes that the server announced")
    except TimeoutError:
        _left(deadline)  # which may be why it was waited for no longer
        raise FetchError(f"nothing came for {remote.stall_timeout:g} seconds after {size} bytes") from None
    except (OSError, http.client.HTTPException) as error:
        raise FetchError(f"the connection broke after {size} bytes ({_told(error)})") from None


def _goes_on(response: _Response) -> bool:
    """Whether more comes, for as long as a server is waited for that does not close the connection."""
    response.socket.settimeout(_AFTERWARDS)
    try:
        return response.read1(1) != b""
    except OSError:
        return False  # it keeps the connection, or broke it when all was said


def _origin(response: _Response) -> str:
    parts = urlsplit(response.geturl())
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


def _left(deadline: float) -> float:
    """How many seconds are left. FetchError where none are."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise FetchError("it took longer than total_timeout allows")
    return left


def _unreached(error: Exception) -> FetchError | NotThereError:
    if isinstance(error, TimeoutError):
        return FetchError("the server did not answer in time")
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotThereError(
            f"its certificate does not hold ({error.verify_message})",
            "correct the URL, or the certificates here",
        )
    return FetchError(f"the server cannot be reached ({_told(error)})")


def _told(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or type(error).__name__)
