"""Located document to draft.

Reading is lenient, because the shape check reports it all: what is empty or of the wrong type is left out,
and a misspelt key is read as the one that was meant.
"""

from collections.abc import Iterator

from spine_gen.source import Document, Entry, Mapping, Node, Scalar, Sequence
from spine_gen.spec.draft import (
    Draft,
    DraftAnomaly,
    DraftCheck,
    DraftCheckStep,
    DraftChoiceStep,
    DraftColumn,
    DraftDimension,
    DraftInput,
    DraftSource,
    DraftSql,
    DraftStage,
    DraftStageStep,
    DraftStep,
    DraftTable,
    DraftWorkflow,
    Located,
    Number,
    Word,
)
from spine_gen.spec.schema import meant_key

_MOST_KEYS = 50  # past these, a mapping is hardly one with a misspelt key


def build_draft(document: Document) -> Draft:
    """The draft of a document of any shape."""
    root = document.root
    anomalies = _get(root, "anomalies")
    return Draft(
        path=document.path,
        domain=_text(root, "domain"),
        description=_text(root, "description"),
        owner=_text(root, "owner"),
        partitions=tuple(_dimension(entry) for entry in _entries(root, "partitions")),
        tiers=_texts(root, "tiers"),
        tiers_known=all(_word(item) for item in _items(root, "tiers")),
        anomalies=tuple(_anomaly(entry) for entry in _entries(root, "anomalies")),
        anomalies_known=anomalies is None or isinstance(anomalies, Mapping),
        stages=tuple(_stage(entry) for entry in _entries(root, "stages")),
        workflows=tuple(_workflow(entry) for entry in _entries(root, "workflows")),
    )


def _dimension(entry: Entry) -> DraftDimension:
    node = entry.value
    return DraftDimension(
        name=_name(entry),
        type=_text(node, "type"),
        start=_as_written(_get(node, "start")),
        end=_as_written(_get(node, "end")),
        values=tuple(word for item in _items(node, "values") if (word := _as_written(item))),
        pattern=_text(node, "pattern"),
    )


def _anomaly(entry: Entry) -> DraftAnomaly:
    return DraftAnomaly(
        code=_name(entry),
        severity=_text(entry.value, "severity"),
        description=_text(entry.value, "description"),
    )


def _stage(entry: Entry) -> DraftStage:
    node = entry.value
    kinds = [found for kind in ("source", "sql", "python") if (found := _entry(node, kind))]
    inputs = _entry(node, "inputs")
    source, table = _get(node, "source"), _entry(node, "table")
    return DraftStage(
        name=_name(entry),
        tier=_text(node, "tier"),
        description=_text(node, "description"),
        inputs=tuple(_inputs(inputs.value)) if inputs else (),
        inputs_key=inputs.key.span if inputs else None,
        source=_source(source) if isinstance(source, Mapping) else None,
        sql=_sql(_get(node, "sql")),
        python=_text(node, "python"),
        kind_key=kinds[0].key.span if len(kinds) == 1 else None,
        table=_table(table) if table and isinstance(table.value, Mapping) else None,
        checks=tuple(_check(item) for item in _items(node, "checks")),
    )


def _inputs(node: Node) -> Iterator[DraftInput]:
    if isinstance(node, Mapping):
        for entry in node:
            yield DraftInput(stage=_name(entry), window=_integer(entry.value, "window"))
    elif isinstance(node, Sequence):
        for item in node.items:
            if word := _word(item):
                yield DraftInput(stage=word, window=None)


def _source(node: Mapping) -> DraftSource:
    return DraftSource(
        format=_text(node, "format"),
        path=_filled(node, "path"),
        delimiter=_text(node, "delimiter"),
        quote=_text(node, "quote"),
        final_newline=_text(node, "final_newline"),
        malformed=_text(node, "malformed"),
    )


def _sql(node: Node | None) -> DraftSql | None:
    if isinstance(node, Mapping):
        return DraftSql(sqlite=_filled(node, "sqlite"), postgresql=_filled(node, "postgresql"))
    word = _word(node)
    return DraftSql(sqlite=word, postgresql=word) if word and word.value else None


def _table(entry: Entry) -> DraftTable:
    node = entry.value
    columns = _entry(node, "columns")
    return DraftTable(
        name=_text(node, "name"),
        key=_texts(node, "key"),
        columns=tuple(_column(column) for column in _entries(node, "columns")),
        description=_text(node, "description"),
        columns_key=(columns or entry).key.span,
    )


def _column(entry: Entry) -> DraftColumn:
    node = entry.value
    nullable = _get(node, "nullable")
    return DraftColumn(
        name=_name(entry),
        type=_text(node, "type"),
        precision=_integer(node, "precision"),
        scale=_integer(node, "scale"),
        nullable=isinstance(nullable, Scalar) and nullable.value is True,
        source_name=_text(node, "from"),
        description=_text(node, "description"),
    )


def _check(node: Node) -> DraftCheck:
    rate = _get(node, "max_rate")
    return DraftCheck(
        code=_text(node, "code"),
        when=_filled(node, "when"),
        action=_text(node, "action"),
        max_rate=Located(float(rate.value), rate)
        if isinstance(rate, Scalar)
        and isinstance(rate.value, int | float)
        and not isinstance(rate.value, bool)
        else None,
    )


def _workflow(entry: Entry) -> DraftWorkflow:
    node = entry.value
    items = _items(node, "steps")
    steps = tuple(step for item in items if (step := _step(item)))
    return DraftWorkflow(
        name=_name(entry),
        description=_text(node, "description"),
        schedule=_text(node, "schedule"),
        steps=steps,
        steps_known=len(steps) == len(items),
    )


def _step(node: Node) -> DraftStep | None:
    check, stage, choice = (_text(node, kind) for kind in ("check", "stage", "choice"))
    if check and not stage and not choice:
        return DraftCheckStep(name=check, require=_texts(node, "require"), expect=_filled(node, "expect"))
    if stage and not check and not choice:
        return DraftStageStep(name=stage)
    if choice and not check and not stage:
        return DraftChoiceStep(
            name=choice,
            condition=_filled(node, "if"),
            then=_text(node, "then"),
            otherwise=_text(node, "else"),
        )
    return None


def _entry(node: Node, name: str) -> Entry | None:
    return (node.entry(name) or _misspelt(node, name)) if isinstance(node, Mapping) else None


def _misspelt(node: Mapping, name: str) -> Entry | None:
    """The unknown key that most likely stands for this one."""
    if len(node.entries) > _MOST_KEYS:
        return None
    return next((entry for entry in node if meant_key(entry.name) == name), None)


def _get(node: Node, name: str) -> Node | None:
    found = _entry(node, name)
    return found.value if found else None


def _entries(node: Node, name: str) -> tuple[Entry, ...]:
    found = _get(node, name)
    return found.entries if isinstance(found, Mapping) else ()


def _items(node: Node, name: str) -> tuple[Node, ...]:
    found = _get(node, name)
    return found.items if isinstance(found, Sequence) else ()


def _name(entry: Entry) -> Word:
    return Located(entry.name, entry.key)


def _word(node: Node | None) -> Word | None:
    return Located(node.value, node) if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _as_written(node: Node | None) -> Word | None:
    """Text or a number, as the text that was written: `2025`, `007`."""
    if not isinstance(node, Scalar) or node.value is None or isinstance(node.value, bool):
        return None
    return Located(node.text, node)


def _text(node: Node, name: str) -> Word | None:
    return _word(_get(node, name))


def _filled(node: Node, name: str) -> Word | None:
    word = _text(node, name)
    return word if word and word.value else None


def _texts(node: Node, name: str) -> tuple[Word, ...]:
    return tuple(word for item in _items(node, name) if (word := _word(item)))


def _integer(node: Node, name: str) -> Number | None:
    found = _get(node, name)
    if isinstance(found, Scalar) and isinstance(found.value, int) and not isinstance(found.value, bool):
        return Located(found.value, found)
    return None
