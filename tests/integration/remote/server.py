"""A server of files for tests, on this machine alone, that can be told to fail in every way."""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TypeAlias

Behaviour: TypeAlias = "Callable[[Handler, bytes], None]"


class Handler(BaseHTTPRequestHandler):
    """Answers one request as the server was told to."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        told = self.server.told
        told.requests.append((self.path, dict(self.headers.items())))
        waiting = told.next.get(self.path.partition("?")[0], [])
        behave = waiting.pop(0) if waiting else told.always
        content = told.files.get(self.path.partition("?")[0])
        if content is None and behave is whole:
            self.send(404, b"no such file")
        else:
            behave(self, content or b"")

    def send(
        self, status: int, body: bytes, *, length: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """An answer, whose length may be a lie."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    told: "FileServer"

    def handle_error(self, request: object, client_address: object) -> None:
        """Who asks may hang up."""


@dataclass
class FileServer:
    """What the server has, how it behaves, and what it was asked."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    next: dict[str, list[Behaviour]] = field(default_factory=dict)  # for the coming requests of a path
    always: Behaviour = field(default_factory=lambda: whole)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    released: Event = field(default_factory=Event)  # those who stall go on


@contextmanager
def running(secured: ssl.SSLContext | None = None) -> Iterator[FileServer]:
    """A server with no files."""
    server = _Server(("127.0.0.1", 0), Handler)
    scheme = "http"
    if secured is not None:
        server.socket = secured.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        scheme = "https"
    server.told = told = FileServer(url=f"{scheme}://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def whole(handler: Handler, content: bytes) -> None:
    """The file, by nothing that it could be asked for on a condition."""
    handler.send(200, content)


def status(code: int, headers: Mapping[str, str] | None = None) -> Behaviour:
    """That status and no file."""
    return lambda handler, content: handler.send(code, b"oh", headers=headers)


def tagged(handler: Handler, content: bytes) -> None:
    """The file with an ETag of its content; 304 to who has that."""
    etag = f'"{hash(content)}"'
    if handler.headers["If-None-Match"] == etag:
        handler.send(304, b"", headers={"ETag": etag})
    else:
        handler.send(200, content, headers={"ETag": etag})


def truncated(handler: Handler, content: bytes) -> None:
    """Half of the file, then the end of the connection."""
    handler.send(200, content[: len(content) // 2], length=len(content))


def understated(handler: Handler, content: bytes) -> None:
    """All of the file, of which half is announced."""
    handler.send(200, content, length=len(content) // 2)


def stalling(handler: Handler, content: bytes) -> None:
    """Half of the file, and then nothing."""
    truncated_part = content[: len(content) // 2]
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(truncated_part)
    handler.wfile.flush()
    handler.server.told.released.wait(30)


def silent(handler: Handler, content: bytes) -> None:
    """Nothing at all."""
    handler.server.told.released.wait(30)


def dripping(handler: Handler, content: bytes) -> None:
    """A byte now and then, never long enough apart to be a stall."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    for byte in content:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.05)


def unmeasured(handler: Handler, content: bytes) -> None:
    """The file without a word on how long it is."""
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(content)
    handler.close_connection = True


def chunked(handler: Handler, content: bytes) -> None:
    """The file in chunks, to the last."""
    _chunks(handler, content)
    handler.wfile.write(b"0\r\n\r\n")


def chunked_without_end(handler: Handler, content: bytes) -> None:
    """The file in chunks, of which the last never comes."""
    _chunks(handler, content)
    handler.close_connection = True


def _chunks(handler: Handler, content: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for start in range(0, len(content), 7):
        part = content[start : start + 7]
        handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
    handler.close_connection = True


def leading_to(url: str) -> Behaviour:
    """A redirect."""
    return lambda handler, content: handler.send(302, b"", headers={"Location": url})
