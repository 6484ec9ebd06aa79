"""The spec language: each node declared once, in both of its forms.

The draft is what the rules read, so that one broken part of a spec neither hides the problems of the others
nor causes new ones; the valid form is what every later phase reads. What the JSON Schema says beyond this
(limits, forms of names, which keys go together) it says alone; a test compares all that both say. A new key
is declared here and in the schema, and is then there for whoever uses it.
"""

from spine_gen.spec.language.changes import (
    Breaking,
    ChangeKind,
    DraftBreaking,
    DraftIgnoredChange,
    IgnoredChange,
)
from spine_gen.spec.language.checks import (
    Action,
    Check,
    DraftCheck,
)
from spine_gen.spec.language.domain import (
    Anomaly,
    Calendar,
    Dimension,
    Draft,
    DraftAnomaly,
    DraftCalendar,
    DraftDimension,
    DraftTier,
    PartitionType,
    Severity,
    Spec,
    TemporalType,
    Tier,
)
from spine_gen.spec.language.sources import (
    DraftSource,
    SourceFormat,
    SourceWork,
)
from spine_gen.spec.language.sql_texts import (
    DialectName,
    DraftSqlText,
    SqlText,
)
from spine_gen.spec.language.stages import (
    DraftExample,
    DraftInput,
    DraftStage,
    Example,
    PythonWork,
    RowForm,
    Stage,
    StageInput,
)
from spine_gen.spec.language.tables import (
    Column,
    ColumnType,
    Default,
    DraftColumn,
    DraftDefault,
    DraftFrom,
    DraftIndex,
    DraftTable,
    Index,
    Table,
)
from spine_gen.spec.language.workflows import (
    CheckStep,
    ChoiceStep,
    DraftCheckStep,
    DraftChoiceStep,
    DraftStageStep,
    DraftStep,
    DraftWorkflow,
    StageStep,
    Step,
    WorkflowSpec,
)

__all__ = [
    "Action",
    "Anomaly",
    "Breaking",
    "Calendar",
    "ChangeKind",
    "Check",
    "CheckStep",
    "ChoiceStep",
    "Column",
    "ColumnType",
    "Default",
    "DialectName",
    "Dimension",
    "Draft",
    "DraftAnomaly",
    "DraftBreaking",
    "DraftCalendar",
    "DraftCheck",
    "DraftCheckStep",
    "DraftChoiceStep",
    "DraftColumn",
    "DraftDefault",
    "DraftDimension",
    "DraftExample",
    "DraftFrom",
    "DraftIgnoredChange",
    "DraftIndex",
    "DraftInput",
    "DraftSource",
    "DraftSqlText",
    "DraftStage",
    "DraftStageStep",
    "DraftStep",
    "DraftTable",
    "DraftTier",
    "DraftWorkflow",
    "Example",
    "IgnoredChange",
    "Index",
    "PartitionType",
    "PythonWork",
    "RowForm",
    "Severity",
    "SourceFormat",
    "SourceWork",
    "Spec",
    "SqlText",
    "Stage",
    "StageInput",
    "StageStep",
    "Step",
    "Table",
    "TemporalType",
    "Tier",
    "WorkflowSpec",
]
