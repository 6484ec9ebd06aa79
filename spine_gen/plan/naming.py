"""Every name that is derived from a spec, from packages and classes to constraints and revisions.

Templates and later phases ask here and never build a name themselves. A derived name is always a Python
identifier that shadows nothing its file needs; that two specs' names do not meet is for plan/collisions.py.
"""

import keyword
import re

from spine.core.revision_ids import UNDIGESTED
from spine_gen.spec.language import Index, PythonWork, Spec, Stage, Table, WorkflowSpec

_SLUG_LENGTH = 60
_WORDS = re.compile(r"[^0-9A-Za-z]+")
# Windows keeps these from being files, whatever their extension.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)
# What a generated pipeline's module, class or method defines, imports or calls under a fixed name.
_PIPELINE_CONSTANTS = frozenset({"DOMAIN", "PARTITIONS", "STAGE", "TIER", "TABLE", "SOURCE", "SQL", "CHECKS"})
_PIPELINE_LOCALS = frozenset(
    {"capture", "capture_id", "codes", "complete", "context", "error", "makes", "partition"}
    | {"register_pipeline", "rows", "run", "self", "str", "tables"}
)
# What a row's class needs under its own name: types in annotations, and the methods of a tuple.
_ROW_RESERVED = frozenset({"bool", "count", "dt", "float", "index", "int", "str"})


def package(domain: str) -> str:
    """The package of a domain: `finra.otc` → `finra_otc`."""
    return domain.replace(".", "_")


def pipeline(spec: Spec, stage: str) -> str:
    """What the registry knows a stage's pipeline as: `finra.otc/ingest`."""
    return f"{spec.domain}/{stage.lower()}"


def workflow(spec: Spec, item: WorkflowSpec) -> str:
    """What the registry knows a workflow as: `finra.otc/weekly`."""
    return f"{spec.domain}/{item.name}"


def pipeline_module(stage: str) -> str:
    """The module of a stage's pipeline: `INGEST` → `ingest`."""
    return module(stage)


def pipeline_class(stage: str) -> str:
    """The class of a stage's pipeline: `INGEST` → `IngestPipeline`."""
    return f"{_camel(stage.lower())}Pipeline"


def workflow_module(item: WorkflowSpec) -> str:
    """The module of a workflow: `weekly`."""
    return module(item.name)


def workflow_constant(item: WorkflowSpec) -> str:
    """The workflow itself, in its module: `WEEKLY`."""
    return _apart(_WORDS.sub("_", item.name).upper(), frozenset({"DOMAIN", "PARTITIONS"}))


def logic_module(function: str) -> str:
    """The module of a function that people write: `logic/score.py`."""
    return module(function)


def logic_function(function: str) -> str:
    """What the pipeline's module calls that function: its name, unless the module needs that itself."""
    return f"{function}_function" if function in _PIPELINE_LOCALS else function


def partitions_constant(spec: Spec, stage: Stage) -> str:
    """A stage's partitions in domain.py: `PARTITIONS`, or `BY_MONTH_MARKET`."""
    if stage.by in ((), tuple(item.name for item in spec.partitions)):
        return "PARTITIONS"
    return "_".join(("BY", *(name.upper() for name in stage.by)))


def of_domain(domain: str, name: str) -> str:
    """What a pipeline's module calls what it imports from another domain's package: `ref_symbols_tables`."""
    package_name = package(domain)
    return f"{package_name.upper() if name.isupper() else package_name}_{name}"


def input_constant(name: str) -> str:
    """The `Input` that stands for a stage in the modules that read it: `INGEST`."""
    is_taken = name.upper() in _PIPELINE_CONSTANTS or name.upper().startswith("BY_")
    return f"{name.upper()}_INPUT" if is_taken else name.upper()


def input_argument(stage: str) -> str:
    """The argument that brings a stage's rows to a python stage's function: `aggregate`."""
    return _apart(stage.lower(), frozenset({"capture"}))


def calendar_constant(dimension: str) -> str:
    """The calendar of a dimension in calendars.py: `DAY_CALENDAR`."""
    return f"{dimension.upper()}_CALENDAR"


def code_constant(code: str) -> str:
    """An anomaly code in anomalies.py: `NULL_SYMBOL`."""
    return _apart(code, frozenset())


def table_variable(table: Table) -> str:
    """A table in tables.py: `finra_otc_volume`."""
    return _apart(table.name, frozenset({"metadata"}))


def row_class(table: Table) -> str:
    """The typed row of a table: `finra_otc_volume` → `FinraOtcVolumeRow`."""
    return f"{_camel(table.name)}Row"


def row_field(column: str) -> str:
    """The field of a column in its row's class: the column's name, unless a tuple cannot have it."""
    return _apart(column, _ROW_RESERVED)


def primary_key(table: Table) -> str:
    """The name of a table's primary key: `pk_finra_otc_volume`."""
    return f"pk_{table.name}"


def index(table: Table, item: Index) -> str:
    """The name of an index, its own or one for it: `ix_finra_otc_volume_mpid_symbol`."""
    return item.name or "_".join(("ix", table.name, *item.columns))


def current_view(table: Table) -> str:
    """The view of a table's newest complete captures: `finra_otc_volume_current`."""
    return f"{table.name}_current"


def revision(domain: str, number: int) -> str:
    """The id of a domain's n-th revision, from 1; its text, once it is known, gives it a digest."""
    return f"{package(domain)}_{number:04d}_{UNDIGESTED}"


def step(domain: str, number: int) -> str:
    """The id of a step that comes as the n-th; its text, as it is begun, gives it a digest."""
    return f"{package(domain)}_{number:04d}_step_{UNDIGESTED}"


def slug(what: str) -> str:
    """What a revision does, as part of its file's name; empty where nothing of it can stand there."""
    return re.sub(r"[^a-z0-9]+", "_", what.lower())[:_SLUG_LENGTH].strip("_")


def pipeline_path(stage: Stage) -> str:
    return f"pipelines/{pipeline_module(stage.name)}.py"


def workflow_path(item: WorkflowSpec) -> str:
    return f"workflows/{workflow_module(item)}.py"


def logic_path(stage: Stage) -> str:
    assert isinstance(stage.work, PythonWork)
    return f"logic/{logic_module(stage.work.function)}.py"


def is_logic_path(path: str) -> bool:
    """Whether a file of a package is people's, so that no build writes over it."""
    return path.startswith("logic/") and not path.endswith("/__init__.py")


def module(name: str) -> str:
    """A module that Python can import and every file system can hold."""
    return _apart(_WORDS.sub("_", name).lower(), _DEVICES)


def _apart(name: str, reserved: frozenset[str]) -> str:
    return f"{name}_" if keyword.iskeyword(name) or name in reserved else name


def _camel(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in _WORDS.split(name))
