"""The runtime that generated code imports: pipelines, workflows, tracking, and the data path between them.

Importing it costs nothing: each name is loaded from its module on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core.anomalies import AnomalyCode, CoreAnomalies
    from .core.captures import CompleteCapture
    from .core.database import Database
    from .core.lineage import CoreLineage
    from .core.manifest import CoreManifest
    from .core.partitions import Date, Enum, IsoWeek, Month, Partition, Partitioning, Quarter, String, Year
    from .core.tracking import Tracking
    from .data.capture import Capture
    from .data.checks import Check
    from .data.inputs import Input, InputRows
    from .data.result import StageResult
    from .data.sources import CsvSource, NdjsonSource, ParquetSource
    from .errors import SpineError, UntrackedPipelineWarning
    from .orchestration.context import LambdaContext, WorkflowContext
    from .orchestration.result import WorkflowResult
    from .orchestration.runner import WorkflowRunner
    from .orchestration.workflow import Step, StepResult, Workflow, register_workflow
    from .pipelines.pipeline import Context, Pipeline
    from .pipelines.registry import Registry, register_pipeline

_HOMES = {
    "AnomalyCode": ".core.anomalies",
    "Capture": ".data.capture",
    "Check": ".data.checks",
    "CompleteCapture": ".core.captures",
    "Context": ".pipelines.pipeline",
    "CoreAnomalies": ".core.anomalies",
    "CoreLineage": ".core.lineage",
    "CoreManifest": ".core.manifest",
    "CsvSource": ".data.sources",
    "Database": ".core.database",
    "Date": ".core.partitions",
    "Enum": ".core.partitions",
    "Input": ".data.inputs",
    "InputRows": ".data.inputs",
    "IsoWeek": ".core.partitions",
    "LambdaContext": ".orchestration.context",
    "Month": ".core.partitions",
    "NdjsonSource": ".data.sources",
    "ParquetSource": ".data.sources",
    "Partition": ".core.partitions",
    "Partitioning": ".core.partitions",
    "Pipeline": ".pipelines.pipeline",
    "Quarter": ".core.partitions",
    "Registry": ".pipelines.registry",
    "SpineError": ".errors",
    "StageResult": ".data.result",
    "Step": ".orchestration.workflow",
    "StepResult": ".orchestration.workflow",
    "String": ".core.partitions",
    "Tracking": ".core.tracking",
    "UntrackedPipelineWarning": ".errors",
    "Workflow": ".orchestration.workflow",
    "WorkflowContext": ".orchestration.context",
    "WorkflowResult": ".orchestration.result",
    "WorkflowRunner": ".orchestration.runner",
    "Year": ".core.partitions",
    "register_pipeline": ".pipelines.registry",
    "register_workflow": ".orchestration.workflow",
}

__all__ = [
    "AnomalyCode",
    "Capture",
    "Check",
    "CompleteCapture",
    "Context",
    "CoreAnomalies",
    "CoreLineage",
    "CoreManifest",
    "CsvSource",
    "Database",
    "Date",
    "Enum",
    "Input",
    "InputRows",
    "IsoWeek",
    "LambdaContext",
    "Month",
    "NdjsonSource",
    "ParquetSource",
    "Partition",
    "Partitioning",
    "Pipeline",
    "Quarter",
    "Registry",
    "SpineError",
    "StageResult",
    "Step",
    "StepResult",
    "String",
    "Tracking",
    "UntrackedPipelineWarning",
    "Workflow",
    "WorkflowContext",
    "WorkflowResult",
    "WorkflowRunner",
    "Year",
    "register_pipeline",
    "register_workflow",
]


def __getattr__(name: str) -> Any:
    """Load an exported name from its module, and keep it here."""
    if name not in _HOMES:
        raise AttributeError(f"module 'spine' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
