"""A PostgreSQL server behind a proxy that drops a connection around its COMMIT."""

import select
import socket
import threading
from contextlib import suppress
from typing import Literal

Drop = Literal["before", "during", "after"]


class Proxy:
    """Forwards to a server's socket; when told, drops the connection around a COMMIT.

    It is dropped before the COMMIT is forwarded, at once when it is, or when its answer comes.
    """

    def __init__(self, target: str | tuple[str, int]) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.drop: Drop | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            kind = socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET
            server = socket.socket(kind)
            server.connect(self._target)
            threading.Thread(target=self._forward, args=(client, server), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        others = {client: server, server: client}
        withheld = False  # the COMMIT went on, and its answer is not to
        with client, server, suppress(OSError):  # whoever is there no longer
            while True:
                for source in select.select([client, server], [], [])[0]:
                    data = source.recv(65536)
                    if not data or (withheld and source is server):
                        return
                    if source is client and self.drop is not None and b"COMMIT" in data:
                        drop, self.drop = self.drop, None
                        if drop == "before":
                            return
                        if drop == "during":
                            server.sendall(data)
                            return
                        withheld = True
                    others[source].sendall(data)
