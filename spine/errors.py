"""Every exception and warning of the runtime: the class names the cause, the message says what to do.

Data that a caller may want is kept as attributes. Where callers expect a builtin (``ValueError``,
``KeyError``…), it is the second base.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

E = TypeVar("E", bound=Exception)


def restored(cls: type[E], args: tuple[object, ...], attributes: Mapping[str, Any]) -> E:
    """The exception of that class as it was pickled, whatever its ``__init__`` takes."""
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


class SpineError(Exception):
    """Root of everything the runtime raises on purpose."""

    def __str__(self) -> str:
        """The message as it was written (a KeyError base would show its repr)."""
        return str(self.args[0]) if self.args else ""

    def __reduce__(self) -> tuple[Any, ...]:
        """Message and attributes go from process to process."""
        return restored, (type(self), self.args, self.__dict__)


class SettingsError(SpineError):
    """The configuration is wrong."""


# --- the database -------------------------------------------------------------------------------------------


class DatabaseError(SpineError):
    """The database cannot be used as it is."""


class DatabaseUrlError(DatabaseError, ValueError):
    """What was given as a database is none, or one of a kind that spine does not run on."""


class DatabaseUnreachableError(DatabaseError, ConnectionError):
    """No connection could be made; ``url`` has its password left out."""

    def __init__(self, url: str, reason: str) -> None:
        check = (
            "that its folder exists, and that the file is a SQLite database which you may read and write"
            if url.startswith("sqlite")
            else "the URL (--database-url, SPINE_DATABASE_URL or [tool.spine] database_url) and that the "
            "database is running"
        )
        super().__init__(f"cannot open the database {url}: {reason.rstrip('.?')}. Check {check}.")
        self.url = url
        self.reason = reason


class DatabaseBehindError(DatabaseError):
    """The database's schema is older than the code; ``pending`` names the revisions it lacks."""

    def __init__(self, url: str, pending: Sequence[str] = ()) -> None:
        lacks = f" lacks {', '.join(pending)}" if pending else " has no spine tables"
        super().__init__(f"the database {url}{lacks}: run `spine migrate`")
        self.url = url
        self.pending = tuple(pending)


class DatabaseAheadError(DatabaseError):
    """The database carries revisions that no installed migration has.

    ``unknown`` maps each to the revision that stands in its place here, if one does; ``common`` to the newest
    before it that is here too, as far as the database knows.
    """

    def __init__(
        self, url: str, unknown: Mapping[str, str | None], common: Mapping[str, str] | None = None
    ) -> None:
        said = [
            f"{name}, which no migration here defines"
            + (f": another branch or an older build made it, here {here} stands in its place" if here else "")
            for name, here in unknown.items()
        ]
        back = [f"`spine migrate --to {name}`" for name in dict.fromkeys((common or {}).values())]
        super().__init__(
            f"the database {url} is at {'; '.join(said)}. Use the code that it was migrated with, from its "
            "branch or version control; "
            + (f"or there {' and '.join(back)}, which undoes what is not here; " if back else "")
            + "or another database, or make this one anew. Where a domain was removed for good, delete its "
            "row from alembic_version."
        )
        self.url = url
        self.unknown = tuple(unknown)


class DatabaseLockedError(DatabaseError):
    """Another transaction holds SQLite's one write lock."""


class DatabaseOfThreadError(DatabaseError):
    """A SQLite database in memory was used by another thread than the one that it exists for."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"the database {url} is in the memory of another thread, and its engine keeps it there: pass "
            "the URL instead of the engine, or make the engine with poolclass=StaticPool and "
            'connect_args={"check_same_thread": False}'
        )
        self.url = url


class TransactionBrokenError(DatabaseError):
    """A transaction was to be committed after an error in it that undoes it."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"nothing was committed to {url}: an error in it was swallowed, and undoes the "
            "transaction, or a ROLLBACK ended it early. Let the database's errors go on upwards, or use a "
            "savepoint"
        )
        self.url = url


class ParentsTransactionError(DatabaseError):
    """A forked child was to write in a transaction that its parent has open."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"the open transaction on {url} is the parent process's: a forked child can neither write in it "
            "nor end it. End the child without writing, or fork before the transaction begins"
        )
        self.url = url


class MigrationError(DatabaseError):
    """The migrations contradict each other or the database."""


# --- partitions ---------------------------------------------------------------------------------------------


class PartitionError(SpineError, ValueError):
    """A partition key, dimension or path template is not as declared."""


class PartitionFormError(PartitionError):
    """A key that does not look as the keys of those partitions do, so that it may be of others."""


class GlobalPartitionError(PartitionError):
    """A key such as ``ALL`` that names no partition."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"partition key {key!r} is global: it names no partition, so nothing could be rerun or "
            "restated by itself. Use a key of the data's own time, such as '2025-W23' or '2025-01-15'."
        )
        self.key = key


# --- tracking -----------------------------------------------------------------------------------------------


class CapturePlaceError(SpineError, ValueError):
    """A domain, stage or tier that is no name."""


class RowCountError(SpineError, ValueError):
    """A row count that is no number of rows."""

    def __init__(self, given: object) -> None:
        super().__init__(
            f"{given!r:.80} is no number of rows: call manifest.record_complete(capture_id, len(rows))"
        )


class UnknownCaptureError(SpineError, LookupError):
    """A capture id that ``core_manifest`` does not have."""

    def __init__(self, capture_id: str) -> None:
        super().__init__(
            f"no capture {capture_id!r} in core_manifest: pass the id that manifest.record_start returned"
        )
        self.capture_id = capture_id


class CaptureFinishedError(SpineError):
    """A capture that already ended is to end again."""

    def __init__(self, capture_id: str, status: str, wanted: str) -> None:
        super().__init__(
            f"capture {capture_id} is {status} already and cannot become {wanted}: a capture ends once. "
            "Call manifest.record_start for a new attempt."
        )
        self.capture_id = capture_id
        self.status = status


class CaptureConflictError(SpineError):
    """Another capture of the same stage and partition completed while this one ran."""

    def __init__(self, capture_id: str, place: str, winner: str | None) -> None:
        by = f"capture {winner}" if winner else "another capture"
        super().__init__(
            f"capture {capture_id} of {place} is refused: {by} completed it meanwhile, and its rows are in "
            "place. Nothing is left to do; a plain run goes on from there."
        )
        self.capture_id = capture_id
        self.place = place
        self.winner = winner


class DefinitionError(SpineError, TypeError):
    """What a stage is said to be made by cannot be written down, or is not said at all."""


class AcceptanceError(SpineError, ValueError):
    """A change is to be accepted without a reason."""


class AsOfError(SpineError, ValueError):
    """What should name a moment of the past is no number and no time, or lies in the future."""


class HorizonError(SpineError):
    """The moment asked about lies before rows were destroyed, so what stood then cannot be told any more."""

    def __init__(self, number: int, horizon: int, reason: str) -> None:
        super().__init__(
            f"what stood at number {number} cannot be told any more: {reason}, at number {horizon}. "
            f"Ask about {horizon} or later."
        )
        self.number = number
        self.horizon = horizon
        self.reason = reason


class PublishOpenError(SpineError):
    """A write that would wait for the publish that is open around it."""


class PublishNotCompletedError(SpineError):
    """A publish block ended without ``record_complete``."""

    def __init__(self, capture_id: str) -> None:
        super().__init__(
            f"capture {capture_id} wrote rows but was not completed: call "
            "manifest.record_complete(capture_id, row_count) inside the publish block: both commit together"
        )
        self.capture_id = capture_id


class PublishRefusedError(SpineError):
    """A capture is to be COMPLETE over rows that are not what its pipeline says."""


class AnomalyError(SpineError, ValueError):
    """An anomaly's code or severity is none."""


# --- pipelines and workflows --------------------------------------------------------------------------------


class UnknownPipelineError(SpineError, KeyError):
    """A name that no pipeline is registered under."""


class DuplicatePipelineError(SpineError, ValueError):
    """Two pipelines under one name."""


class UnknownWorkflowError(SpineError, KeyError):
    """A name that no workflow is registered under."""


class DuplicateWorkflowError(SpineError, ValueError):
    """Two workflows under one name."""


class PipelineReferenceError(SpineError, TypeError):
    """A class or object where a pipeline's name belongs."""


class NoDatabaseError(SpineError):
    """A pipeline without a database was asked to track itself."""


class WorkflowDefinitionError(SpineError, ValueError):
    """A workflow or one of its steps could never run as it is written."""


class CircularInputsError(SpineError):
    """Stages are declared to be made from each other."""

    def __init__(self, circle: Sequence[str]) -> None:
        super().__init__(
            f"{' → '.join(circle)}: each is declared to be made from the one before it, so none can be made "
            "first. Take one of these inputs out of its stage."
        )
        self.circle = tuple(circle)


class DuplicateStepError(WorkflowDefinitionError):
    """Two steps of one workflow with the same name."""


class LambdaRuleError(SpineError):
    """A lambda step did work, or wrote what it may only read."""


class OutputNotKeptError(SpineError, KeyError):
    """A context key that a skipped pipeline left once, with a value that could not be kept."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(
            f'"{key}" was not kept: {why}. Run with --force to make it again, or have the pipeline that '
            "leaves it store it in a table with its capture_id, and read it there"
        )
        self.key = key
        self.why = why


class UnknownStageError(SpineError, LookupError):
    """A lambda asked about a stage that cannot be looked up."""


class CheckStepFailedError(SpineError):
    """A lambda step answered false."""

    def __init__(self, step: str, reason: str | None) -> None:
        super().__init__(f"step {step!r} failed: {reason or 'its lambda answered false'}")
        self.step = step
        self.reason = reason


class PipelineFailedError(SpineError):
    """A pipeline reported its own failure, or answered with something that is no result."""


class UnfinishedCaptureError(SpineError):
    """A pipeline returned while a capture that it started was still RUNNING."""


class UntrackedPipelineWarning(UserWarning):
    """A pipeline ran in a workflow without touching the manifest."""


class OutputNotKeptWarning(UserWarning):
    """What a pipeline left in the context cannot be given back when a rerun skips it."""


# --- data ---------------------------------------------------------------------------------------------------


class ArrowMissingError(SpineError, ImportError):
    """Rows are asked for as Arrow, and pyarrow, which makes it, is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "rows are asked for as Arrow (rows: arrow), which takes pyarrow: pip install 'spine-gen[arrow]'"
        )


class MissingInputError(SpineError):
    """A stage's input has no complete capture for the current partition."""


class InputsRestatedError(SpineError):
    """Inputs were restated while a run went on, in a way that no one state of them fits what it saw."""


class SourceError(SpineError):
    """A source file is missing, or not what the stage declares."""


class SourceChangedError(SourceError):
    """A source file changed while it was read."""


class CheckFailedError(SpineError):
    """A check with ``action: fail`` found rows, or a check went past its ``max_rate``.

    ``matched`` has how many rows each check that failed found, by its code.
    """

    def __init__(self, message: str, matched: Mapping[str, int]) -> None:
        super().__init__(message)
        self.matched = dict(matched)


class StageOrderError(SpineError):
    """The steps of a publish were called in an order that makes no sense."""


class SelectFailedError(SpineError):
    """A stage's SELECT does not run, or gives a column as another type than its table has."""


class CheckConditionError(SpineError):
    """A check's condition cannot be evaluated."""


class RowRejectedError(SpineError):
    """A row breaks its table's key or a NOT NULL, or a value is not of its column's type.

    ``row`` has the values of the (first) row by column, where they are known.
    """

    def __init__(self, message: str, row: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.row = dict(row)


# --- the command line ---------------------------------------------------------------------------------------


class NoDatabaseYetError(DatabaseError):
    """A command that only looks was given a database file that does not exist."""

    def __init__(self, url: str) -> None:
        super().__init__(f"there is no database {url} yet: spine run or spine migrate makes it")
        self.url = url


class NoPackagesError(SpineError):
    """The folder of generated packages is missing or has none."""


class PackageImportError(SpineError):
    """A generated package, or the logic in it, cannot be imported."""

    def __init__(self, message: str, *, package: str) -> None:
        super().__init__(message)
        self.package = package


class UnknownDomainError(SpineError, LookupError):
    """A domain that nothing was captured for."""


class CapturePrefixError(SpineError, LookupError):
    """The start of a capture id that fits no capture, or several."""


class NotComparableError(SpineError):
    """Two captures whose rows cannot be compared."""


class ExampleError(SpineError):
    """An example cannot be run: it does not fit the stages that there are."""


class UnknownNameError(SpineError, LookupError):
    """A name that is neither a workflow's nor a pipeline's."""


class ParameterError(SpineError, ValueError):
    """A --param that is not of the form name=value."""
