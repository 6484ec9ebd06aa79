"""What a stage's results depend on of its spec, as the runtime records it with every capture.

The parts are those of `spine.data.stage`, which makes them of the generated declarations; a test holds both
against each other. The code of `logic/` is no part here: no spec has it.
"""

from collections.abc import Iterable

from spine.core.definitions import Definition
from spine.core.sql_tokens import joined_tokens
from spine_gen.spec.language import Check, Column, SourceWork, Spec, SqlText, Stage, StageInput
from spine_gen.spec.node import given_fields


def definition_of(spec: Spec, stage: Stage) -> Definition:
    """The definition of one of the spec's stages."""
    return Definition(
        {
            "columns": [_column(column) for column in stage.table.columns],
            "key": stage.table.key,
            "source": _source(stage, stage.source),
            "sql": _sql(stage.sql),
            "checks": _in_order(_check(check) for check in stage.checks),
            "inputs": _in_order(_input(spec, given) for given in stage.inputs),
            "logic": _logic(stage),
        }
    )


def _logic(stage: Stage) -> dict[str, object]:
    if stage.python is None:
        return {}
    form = {} if stage.rows == "tuples" else {"rows": stage.rows}
    return {"function": stage.python, **form}


def _column(column: Column) -> dict[str, object]:
    given = {"nullable": column.nullable, "precision": column.precision, "scale": column.scale}
    return {"name": column.name, "kind": column.type} | {
        name: value for name, value in given.items() if value
    }


def _source(stage: Stage, source: SourceWork | None) -> dict[str, object]:
    if source is None:
        return {}
    in_file = {column.name: _in_file(column, stage.fields[column.name]) for column in stage.table.columns}
    read = {name: there for name, there in in_file.items() if there != name}
    given = given_fields(source)
    if files := given.pop("files", None):
        given |= {"at_least": files.at_least} if files.at_least > 1 else {}
    if rows := given.pop("rows", None):
        given["rows"] = {one.dimension: one.column for one in rows}
    if source.query is not None:
        given["query"] = source.query.strip()
    if malformed := source.malformed:
        rate = {} if malformed.max_rate is None else {"max_malformed_rate": malformed.max_rate}
        given |= {"malformed": malformed.code} | rate
    return given | ({"columns": read} if read else {})


def _in_file(column: Column, field: str) -> str | dict[str, object]:
    """Its name in the file, or that with how its values are written there."""
    spelled = {} if column.source is None else given_fields(column.source)
    return {**spelled, "name": field} if spelled.keys() - {"name"} else field


def _sql(sql: SqlText | None) -> object:
    """The tokens of one text, or of one for each database where these differ."""
    if sql is None:
        return ""
    if sql.sqlite == sql.postgresql:
        return joined_tokens(sql.postgresql)
    sqlite, postgresql = joined_tokens(sql.sqlite, "sqlite"), joined_tokens(sql.postgresql)
    return sqlite if sqlite == postgresql else {"sqlite": sqlite, "postgresql": postgresql}


def _check(check: Check) -> dict[str, object]:
    texts = {"when": check.when, "having": check.having}
    conditions = {name: _sql(text) for name, text in texts.items() if text is not None}
    action = {} if check.action in (None, "record") else {"action": check.action}
    rate = {} if check.max_rate is None else {"max_rate": float(check.max_rate)}
    others = {
        "unique": check.unique,
        "keep": check.keep,
        "partition": {one.dimension: one.column for one in check.partition},
    }
    given = {name: value for name, value in others.items() if value}
    return {"code": check.code} | conditions | given | action | rate


def _input(spec: Spec, given: StageInput) -> dict[str, object]:
    read, home = spec.read(given), spec.home(given)
    options = {name: value for name, value in given_fields(given).items() if name not in ("stage", "as")}
    name = {} if given.named == read.name else {"name": given.named}
    domain = {} if home is spec else {"domain": home.domain}
    return {"stage": read.name, "tier": read.tier} | options | domain | name


def _in_order(items: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """In an order of ours, as that of checks and inputs alters no result."""
    return sorted(items, key=lambda item: Definition(item).text)
