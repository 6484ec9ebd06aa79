"""A disk that can lose its power: what SQLite writes to files and when it waits for them, call by call.

SQLite reaches files through a VFS. ``watched_disk`` puts one in front of the default that notes every write,
truncation and sync. What a disk holds after a power cut is then any mixture of the calls since a file's last
sync: some arrived, some did not.
"""

import ctypes
import ctypes.util
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

_OK = 0
_P = ctypes.c_void_p
_METHODS = (  # of sqlite3_io_methods, all versions
    *("xClose", "xRead", "xWrite", "xTruncate", "xSync", "xFileSize", "xLock", "xUnlock"),
    *("xCheckReservedLock", "xFileControl", "xSectorSize", "xDeviceCharacteristics"),
    *("xShmMap", "xShmLock", "xShmBarrier", "xShmUnmap", "xFetch", "xUnfetch"),
)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, _P, _P, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _P, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, _P, ctypes.c_int)
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, _P, ctypes.c_char_p, ctypes.c_int)
# SQLite keeps the pointer to the name that it gives: it has to be passed on as it is.
_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, _P, _P, _P, ctypes.c_int, _P)


class _Methods(ctypes.Structure):
    _fields_ = [("iVersion", ctypes.c_int), *((name, _P) for name in _METHODS)]


class _File(ctypes.Structure):
    _fields_ = [("pMethods", ctypes.POINTER(_Methods))]


class _Vfs(ctypes.Structure):
    _fields_ = [
        ("iVersion", ctypes.c_int),
        ("szOsFile", ctypes.c_int),
        ("mxPathname", ctypes.c_int),
        ("pNext", _P),
        ("zName", ctypes.c_char_p),
        ("pAppData", _P),
        ("xOpen", _P),
        ("xDelete", _P),
        *((f"other_{number}", _P) for number in range(13)),
    ]


@dataclass
class Disk:
    """What reached each file, and what may be on its way."""

    synced: dict[str, bytes] = field(default_factory=dict)
    pending: dict[str, list[tuple[int, bytes | None]]] = field(default_factory=dict)  # None truncates
    journal: list[str] = field(default_factory=list)  # "write orders.db-wal", "sync orders.db-wal"

    def write(self, path: str, offset: int, data: bytes | None) -> None:
        self.journal.append(f"{'write' if data is not None else 'truncate'} {Path(path).name}")
        self.pending.setdefault(path, []).append((offset, data))

    def sync(self, path: str) -> None:
        self.journal.append(f"sync {Path(path).name}")
        self.synced[path] = _applied(self.synced.get(path, b""), self.pending.pop(path, []))

    def after_power_cut(self, folder: Path, chance: random.Random | None) -> None:
        """Write into the folder what the files hold: of what was not synced nothing, or some by chance."""
        for path in {*self.synced, *self.pending}:
            calls = self.pending.get(path, [])
            arrived = [] if chance is None else [call for call in calls if chance.random() < 0.5]
            (folder / Path(path).name).write_bytes(_applied(self.synced.get(path, b""), arrived))


@contextmanager
def watched_disk(folder: Path) -> Iterator[Disk]:
    """Every SQLite file in the folder that is opened meanwhile, by whatever connection, tells the disk."""
    library = ctypes.util.find_library("sqlite3")
    if library is None:
        pytest.skip("needs a Python whose sqlite3 module loads the system's libsqlite3")
    sqlite = ctypes.CDLL(library)
    sqlite.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    original = sqlite.sqlite3_vfs_find(None)
    shim = _Shim(original, folder)
    assert sqlite.sqlite3_vfs_register(ctypes.byref(shim.vfs), 1) == _OK
    try:
        yield shim.disk
    finally:
        assert sqlite.sqlite3_vfs_register(original, 1) == _OK
        assert sqlite.sqlite3_vfs_unregister(ctypes.byref(shim.vfs)) == _OK


class _Shim:
    """The VFS in front: the default one's, but for what opening a file gives."""

    def __init__(self, original: Any, folder: Path) -> None:
        self._folder = folder
        self.disk = Disk()
        self._original = original
        self._open = _OPEN(original.contents.xOpen)
        self._paths: dict[int, str] = {}
        self._tables: dict[int, _Methods] = {}
        self._delete = _DELETE(original.contents.xDelete)
        opened, deleted = _OPEN(self._opened), _DELETE(self._deleted)
        self._kept: list[Any] = [opened, deleted]  # C holds no reference to them
        self.vfs = _Vfs.from_buffer_copy(original.contents)
        self.vfs.zName = b"watched"
        self.vfs.pNext = None
        self.vfs.xOpen, self.vfs.xDelete = ctypes.cast(opened, _P), ctypes.cast(deleted, _P)

    def _opened(self, _vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
        status = self._open(ctypes.cast(self._original, _P), name, file, flags, out)
        opened = ctypes.cast(file, ctypes.POINTER(_File)).contents
        path = "" if name is None else os.fsdecode(ctypes.string_at(name))
        if status == _OK and opened.pMethods and Path(path).parent == self._folder:
            self._paths[file] = path
            self.disk.synced.setdefault(path, Path(path).read_bytes())
            opened.pMethods = ctypes.pointer(self._watched(opened.pMethods))
        return int(status)

    def _deleted(self, _vfs: int, name: bytes, syncs_folder: int) -> int:
        self.disk.synced.pop(os.fsdecode(name), None)
        self.disk.pending.pop(os.fsdecode(name), None)
        return int(self._delete(ctypes.cast(self._original, _P), name, syncs_folder))

    def _watched(self, methods: Any) -> _Methods:
        """A copy of the table of methods, those that change a file wrapped."""
        address = ctypes.addressof(methods.contents)
        if address in self._tables:
            return self._tables[address]
        own = self._tables[address] = _Methods.from_buffer_copy(methods.contents)
        write, truncate, sync = _WRITE(own.xWrite), _TRUNCATE(own.xTruncate), _SYNC(own.xSync)

        def on_write(file: int, data: int, size: int, offset: int) -> int:
            self.disk.write(self._paths[file], offset, ctypes.string_at(data, size))
            return int(write(file, data, size, offset))

        def on_truncate(file: int, size: int) -> int:
            self.disk.write(self._paths[file], size, None)
            return int(truncate(file, size))

        def on_sync(file: int, flags: int) -> int:
            status = int(sync(file, flags))
            if status == _OK:
                self.disk.sync(self._paths[file])
            return status

        callbacks = _WRITE(on_write), _TRUNCATE(on_truncate), _SYNC(on_sync)
        self._kept.append(callbacks)
        own.xWrite, own.xTruncate, own.xSync = (ctypes.cast(one, _P) for one in callbacks)
        return own


def _applied(content: bytes, calls: list[tuple[int, bytes | None]]) -> bytes:
    result = bytearray(content)
    for offset, data in calls:
        if data is None:
            del result[offset:]
            continue
        if len(result) < offset:
            result.extend(bytes(offset - len(result)))
        result[offset : offset + len(data)] = data
    return bytes(result)
