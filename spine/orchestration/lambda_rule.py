"""The lambda rule: a workflow's lambdas look and answer, they do no work. Those that try are stopped here.

While a lambda runs, two watchers see what its thread does. An audit hook (PEP 578) sees the interpreter open
files, sockets, processes, threads and sqlite3 connections. A profile function sees calls that raise no audit
event: into a database connection, session or pool that exists already, or an executor. Both raise
LambdaRuleError at the place of the misdeed, before it happens; one that the lambda swallows is raised again
when it returns.

Importing a module is allowed, though it reads the module's file: it brings code, not data. A module's own
code is watched while it is imported. Not seen is work inside a C extension that tells Python nothing of it
(DuckDB), and arithmetic, however long. Where another profiler is active (cProfile), the audit hook watches
alone. Outside lambdas the hook costs a look at a thread-local variable per audited event.
"""

import _thread
import io
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from functools import cache, lru_cache
from numbers import Number
from types import FrameType
from typing import Any, TypeAlias, TypeVar

from spine.errors import LambdaRuleError
from spine.orchestration.step_result import StepResult

# Audit events, by their first word (before the dot), and what they are in a user's words.
WORK_BY_FAMILY = {
    "ftplib": "opens a network connection",
    "glob": "looks for files",
    "http": "opens a network connection",
    "imaplib": "opens a network connection",
    "nntplib": "opens a network connection",
    "pathlib": "looks for files",
    "poplib": "opens a network connection",
    "pty": "starts a process",
    "shutil": "changes files",
    "smtplib": "opens a network connection",
    "socket": "opens a socket",
    "sqlite3": "opens a database",
    "subprocess": "starts a process",
    "telnetlib": "opens a network connection",
    "tempfile": "opens a file",
    "urllib": "opens a network connection",
    "webbrowser": "starts a process",
}
# The families in which only some events are work.
WORK_BY_EVENT = {
    "open": "opens a file",
    **dict.fromkeys(
        ("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile"), "starts a process"
    ),
    **dict.fromkeys(("os.system", "os.kill", "os.killpg"), "reaches for other processes"),
    **dict.fromkeys(("os.listdir", "os.scandir", "os.walk", "os.fwalk"), "looks for files"),
    **dict.fromkeys(
        (
            "os.chmod",
            "os.chown",
            "os.link",
            "os.mkdir",
            "os.remove",
            "os.rename",
            "os.rmdir",
            "os.symlink",
            "os.truncate",
        ),
        "changes files",
    ),
}
# Modules whose every Python call is work that need not raise an audit event.
WORK_BY_MODULE = {
    "concurrent.futures": "hands work to an executor",
    "multiprocessing.connection": "talks to another process",
    "multiprocessing.managers": "talks to another process",
    "multiprocessing.pool": "hands work to another process",
    "multiprocessing.popen_fork": "starts a process",
    "multiprocessing.popen_forkserver": "starts a process",
    "multiprocessing.popen_spawn_posix": "starts a process",
    "multiprocessing.queues": "talks to another process",
    "psycopg": "uses a database connection",
    "psycopg_pool": "uses a database connection",
    "sqlalchemy.engine.base": "uses a database connection",
    "sqlalchemy.engine.create": "opens a database",
    "sqlalchemy.orm.query": "uses a database session",
    "sqlalchemy.orm.session": "uses a database session",
    "sqlalchemy.pool": "uses a database connection",
}
# Methods written in C that raise no audit event on what is open already: class, names (None: all), work.
WORK_BY_CLASS: tuple[tuple[type, frozenset[str] | None, str], ...] = (
    (sqlite3.Connection, None, "uses a database connection"),
    (sqlite3.Cursor, None, "uses a database connection"),
    (socket.socket, None, "uses a socket"),
    (io.IOBase, frozenset({"read", "read1", "readall", "readinto", "readline", "readlines"}), "reads a file"),
)

# Functions of _thread, which not every Python that spine runs on audits.
THREAD_STARTERS = frozenset({"start_new_thread", "start_joinable_thread"})

# Frames that read source or byte code when a module is imported or a warning is shown.
READERS_OF_CODE = frozenset(
    {"importlib._bootstrap", "importlib._bootstrap_external", "linecache", "tokenize", "zipimport"}
)

# What the garbage collector may run at any moment, a lambda's included, on behalf of others: functions by
# name, functions of a module (a pool's callback for a connection that was lost), and whole modules.
FINALIZERS = frozenset({"__del__", "_finalize_fairy"})
FINALIZERS_OF_MODULE = frozenset({("sqlalchemy.pool.base", "<lambda>")})
FINALIZING_MODULES = frozenset({"weakref"})

SCALARS = (bool, int, float, complex, str, bytes, Number, date, time, timedelta, type(None))

ADVICE = "lambdas only check; move the work to a pipeline (Step.pipeline) and check what it left behind"


T = TypeVar("T")
_Profiler: TypeAlias = Callable[[FrameType, str, object], None]


class _Watch(threading.local):
    """What this thread's running lambda has been caught at; `step` is None outside lambdas."""

    step: str | None = None
    violation: LambdaRuleError | None = None
    profiler: "_Profiler | None" = None  # of the running lambda, where no other one is active


_watch = _Watch()


def call_lambda(step: str, function: Callable[[T], object], context: T) -> StepResult | bool:
    """The lambda's answer. Raises LambdaRuleError if it did more than answer, or answered with data."""
    _install_audit_hook()
    is_free = sys.getprofile() is None
    outer = _watch.step, _watch.violation, _watch.profiler
    _watch.step, _watch.violation, _watch.profiler = step, None, _call_watcher() if is_free else None
    if is_free:
        sys.setprofile(_watch.profiler)
    try:
        answer = function(context)
    finally:
        if is_free:
            sys.setprofile(None)
        violation = _watch.violation
        _watch.step, _watch.violation, _watch.profiler = outer
        if violation is not None:
            raise violation
    return _truth(step, answer)


def refuse(what: str) -> LambdaRuleError:
    """The error for a lambda of this thread that does `what`; remembered, should the lambda swallow it."""
    step = f"the lambda of step {_watch.step!r}" if _watch.step is not None else "a lambda"
    error = LambdaRuleError(f"{step} {what}: {ADVICE}")
    if _watch.violation is None:
        _watch.violation = error
    return error


@contextmanager
def rule_lifted() -> Iterator[None]:
    """Let the context's own facts read the database on a lambda's behalf."""
    step, _watch.step = _watch.step, None
    is_watching = _watch.profiler is not None and sys.getprofile() is _watch.profiler
    if is_watching:
        sys.setprofile(None)
    try:
        yield
    finally:
        _watch.step = step
        if is_watching:
            sys.setprofile(_watch.profiler)


def _truth(step: str, answer: object) -> StepResult | bool:
    if isinstance(answer, StepResult | bool):
        return answer
    if getattr(answer, "shape", None) == ():  # a NumPy scalar, which answers like the Python one it holds
        answer = getattr(answer, "item", lambda: answer)()
    if isinstance(answer, SCALARS):
        return bool(answer)
    raise LambdaRuleError(
        f"the lambda of step {step!r} returned a {type(answer).__name__}, which is data: return true or "
        "false (such as len(…) > 0) or StepResult.fail('why'), and leave data to pipelines (Step.pipeline)"
    )


@cache
def _install_audit_hook() -> None:
    """Once in a process, at its first lambda: audit hooks cannot be taken away again."""
    sys.addaudithook(_see_event)


def _see_event(event: str, _arguments: tuple[object, ...], watch: _Watch = _watch) -> None:
    # The default outlives the module's names, which are gone while the interpreter still ends.
    if watch.step is None:
        return
    what = WORK_BY_EVENT.get(event) or WORK_BY_FAMILY.get(event.partition(".")[0])
    if what is not None:
        _refuse_at(sys._getframe(1), what)


def _call_watcher() -> _Profiler:
    """A profile function for one lambda. Python calls it at every call and return, each row of a generator's
    included, so that it remembers the module it saw last, if that is none that works (by its globals: to ask
    a frame for its code raises an audit event).
    """
    innocent: dict[str, Any] | None = None

    def see_call(frame: FrameType, event: str, argument: object) -> None:
        nonlocal innocent
        if event == "return":
            return
        if event == "call":
            if frame.f_globals is innocent:
                return
            what = _work_of_module(frame.f_globals.get("__name__", ""))
            if what is None:
                innocent = frame.f_globals
                return
        elif event == "c_call":
            what = _work_of_method(argument)
            if what is None:
                return
        else:
            return
        _refuse_at(frame, what)

    return see_call


def _refuse_at(frame: FrameType, what: str) -> None:
    """Raise, unless the import system reads code there, or the garbage collector cleans up."""
    if not _reads_code(frame) and not _is_finalizing(frame):
        raise refuse(what)


def _reads_code(frame: FrameType | None) -> bool:
    """Whether the frame, or its caller, belongs to the import system or shows a warning's line."""
    for _ in range(2):
        if frame is None:
            return False
        if frame.f_globals.get("__name__") in READERS_OF_CODE:
            return True
        frame = frame.f_back
    return False


def _is_finalizing(frame: FrameType) -> bool:
    """Whether the frame, or one that called it within the lambda, cleans up garbage."""
    return any(_finalizes(one) for one in _frames_of_lambda(frame))


def _finalizes(frame: FrameType) -> bool:
    name, module = frame.f_code.co_name, frame.f_globals.get("__name__")
    return name in FINALIZERS or module in FINALIZING_MODULES or (module, name) in FINALIZERS_OF_MODULE


def _frames_of_lambda(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None and frame.f_code is not call_lambda.__code__:
        yield frame
        frame = frame.f_back


@cache
def _work_of_module(module: str) -> str | None:
    while module:
        if module in WORK_BY_MODULE:
            return WORK_BY_MODULE[module]
        module = module.rpartition(".")[0]
    return None


def _work_of_method(method: object) -> str | None:
    owner = getattr(method, "__self__", None)
    if owner is _thread:
        return "starts a thread" if getattr(method, "__name__", None) in THREAD_STARTERS else None
    for names, what in _work_of_class(type(owner)):  # type: ignore[arg-type] # a class can be hashed
        if names is None or getattr(method, "__name__", None) in names:
            return what
    return None


@lru_cache(maxsize=1_000)
def _work_of_class(owner: type) -> tuple[tuple[frozenset[str] | None, str], ...]:
    return tuple((names, what) for kind, names, what in WORK_BY_CLASS if issubclass(owner, kind))
