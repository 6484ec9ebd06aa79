"""The runtime that generated code imports: pipelines, workflows, tracking, and the data path between them.

Importing it costs nothing: each name is loaded from its module on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import (
        Calendar,
        Date,
        Enum,
        IsoWeek,
        Month,
        Partition,
        Partitioning,
        Quarter,
        String,
        Year,
    )
    from spine.data.arrow_stream import ArrowStream
    from spine.data.inputs.declared import ArrowRows, Input, InputRows
    from spine.data.sources.declared import (
        CsvSource,
        FileColumn,
        JsonSource,
        NdjsonSource,
        ParquetSource,
        SqlSource,
        XlsxSource,
    )

    from .core.anomalies import AnomalyCode, CoreAnomalies
    from .core.data_root import DataRoot
    from .core.lineage import CoreLineage
    from .core.manifest import CoreManifest
    from .data.capture import Capture
    from .data.checks import Check
    from .data.result import StageResult
    from .data.stage import Stage
    from .errors import SpineError, UntrackedPipelineWarning
    from .examples.example import Example
    from .orchestration.context import LambdaContext
    from .orchestration.result import WorkflowResult
    from .orchestration.runner import WorkflowRunner
    from .orchestration.workflow import Step, StepResult, Workflow, register_workflow
    from .pipelines.pipeline import Context, Pipeline
    from .pipelines.registry import Registry, register_pipeline

_HOMES = {
    "AnomalyCode": ".core.anomalies",
    "ArrowRows": ".data.inputs.declared",
    "ArrowStream": ".data.arrow_stream",
    "Calendar": ".core.partitions.partitioning",
    "Capture": ".data.capture",
    "Check": ".data.checks",
    "Context": ".pipelines.pipeline",
    "CoreAnomalies": ".core.anomalies",
    "CoreLineage": ".core.lineage",
    "CoreManifest": ".core.manifest",
    "CsvSource": ".data.sources.declared",
    "DataRoot": ".core.data_root",
    "Date": ".core.partitions.partitioning",
    "Example": ".examples.example",
    "Enum": ".core.partitions.partitioning",
    "FileColumn": ".data.sources.declared",
    "Input": ".data.inputs.declared",
    "InputRows": ".data.inputs.declared",
    "IsoWeek": ".core.partitions.partitioning",
    "LambdaContext": ".orchestration.context",
    "Month": ".core.partitions.partitioning",
    "JsonSource": ".data.sources.declared",
    "XlsxSource": ".data.sources.declared",
    "NdjsonSource": ".data.sources.declared",
    "ParquetSource": ".data.sources.declared",
    "SqlSource": ".data.sources.declared",
    "Partition": ".core.partitions.partitioning",
    "Partitioning": ".core.partitions.partitioning",
    "Pipeline": ".pipelines.pipeline",
    "Quarter": ".core.partitions.partitioning",
    "Registry": ".pipelines.registry",
    "SpineError": ".errors",
    "Stage": ".data.stage",
    "StageResult": ".data.result",
    "Step": ".orchestration.workflow",
    "StepResult": ".orchestration.workflow",
    "String": ".core.partitions.partitioning",
    "UntrackedPipelineWarning": ".errors",
    "Workflow": ".orchestration.workflow",
    "WorkflowResult": ".orchestration.result",
    "WorkflowRunner": ".orchestration.runner",
    "Year": ".core.partitions.partitioning",
    "register_pipeline": ".pipelines.registry",
    "register_workflow": ".orchestration.workflow",
}

__all__ = [
    "AnomalyCode",
    "ArrowRows",
    "ArrowStream",
    "Calendar",
    "Capture",
    "Check",
    "Context",
    "CoreAnomalies",
    "CoreLineage",
    "CoreManifest",
    "CsvSource",
    "DataRoot",
    "Date",
    "Enum",
    "Example",
    "FileColumn",
    "Input",
    "InputRows",
    "IsoWeek",
    "JsonSource",
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
    "SqlSource",
    "Stage",
    "StageResult",
    "Step",
    "StepResult",
    "String",
    "UntrackedPipelineWarning",
    "Workflow",
    "WorkflowResult",
    "WorkflowRunner",
    "XlsxSource",
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
