"""A draft in which nothing is wrong, as the model that later phases read."""

from typing import Any

from spine_gen.spec.draft import (
    Draft,
    DraftCheckStep,
    DraftChoiceStep,
    DraftStage,
    DraftStageStep,
    DraftStep,
    DraftTable,
    Located,
)
from spine_gen.spec.model import Spec


def to_spec(draft: Draft) -> Spec:
    """The model of a draft without errors; pydantic's ValidationError would be a bug of ours."""
    return Spec.model_validate(
        _without_none(
            domain=draft.domain,
            description=draft.description,
            owner=draft.owner,
            partitions=[
                _without_none(
                    name=dimension.name,
                    type=dimension.type,
                    start=dimension.start,
                    end=dimension.end,
                    values=tuple(word.value for word in dimension.values),
                    pattern=dimension.pattern,
                )
                for dimension in draft.partitions
            ],
            tiers=tuple(word.value for word in draft.tiers),
            anomalies=[
                _without_none(code=anomaly.code, severity=anomaly.severity, description=anomaly.description)
                for anomaly in draft.anomalies
            ],
            stages=[_stage(stage) for stage in draft.stages],
            workflows=[
                _without_none(
                    name=workflow.name,
                    description=workflow.description,
                    schedule=workflow.schedule,
                    steps=[_step(step) for step in workflow.steps],
                )
                for workflow in draft.workflows
            ],
        )
    )


def _stage(stage: DraftStage) -> dict[str, Any]:
    assert stage.table is not None
    return _without_none(
        name=stage.name,
        tier=stage.tier,
        description=stage.description,
        inputs=[_without_none(stage=source.stage, window=source.window) for source in stage.inputs],
        work=_work(stage),
        table=_table(stage.table),
        checks=[
            _without_none(code=check.code, when=check.when, action=check.action, max_rate=check.max_rate)
            for check in stage.checks
        ],
    )


def _work(stage: DraftStage) -> dict[str, Any]:
    if (source := stage.source) is not None:
        return _without_none(
            kind="source",
            format=source.format,
            path=source.path,
            delimiter=source.delimiter,
            quote=source.quote,
            final_newline=source.final_newline,
            malformed=source.malformed,
        )
    if stage.sql is not None:
        return _without_none(kind="sql", sqlite=stage.sql.sqlite, postgresql=stage.sql.postgresql)
    return _without_none(kind="python", function=stage.python)


def _table(table: DraftTable) -> dict[str, Any]:
    return _without_none(
        name=table.name,
        description=table.description,
        key=tuple(word.value for word in table.key),
        columns=[
            _without_none(
                name=column.name,
                type=column.type,
                precision=column.precision,
                scale=column.scale,
                nullable=column.nullable,
                source_name=column.source_name,
                description=column.description,
            )
            for column in table.columns
        ],
    )


def _step(step: DraftStep) -> dict[str, Any]:
    match step:
        case DraftCheckStep():
            require = tuple(word.value for word in step.require)
            return _without_none(kind="check", name=step.name, require=require, expect=step.expect)
        case DraftStageStep():
            return _without_none(kind="stage", stage=step.name)
        case DraftChoiceStep():
            return _without_none(
                kind="choice",
                name=step.name,
                condition=step.condition,
                then=step.then,
                otherwise=step.otherwise,
            )


def _without_none(**fields: Any) -> dict[str, Any]:
    """Fields by name, places left behind; an absent one takes the model's default."""
    return {
        name: value.value if isinstance(value, Located) else value
        for name, value in fields.items()
        if value is not None
    }
