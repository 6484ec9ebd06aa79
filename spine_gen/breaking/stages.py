"""What changes about stages: their names, tiers, inputs and work."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from spine.core.sql_tokens import joined_tokens
from spine_gen.breaking.change import Change, described, instead, renamed
from spine_gen.breaking.pairs import Pairs, pair
from spine_gen.spec.language import Anomaly, Column, PythonWork, SourceWork, SqlText, Stage, StageInput, Tier
from spine_gen.spec.node import given_fields

_KINDS = {SourceWork: "source", SqlText: "sql", PythonWork: "python"}
_PLACED = (  # the keys of a source that changes of their own tell
    "format",
    "path",
    "database",
    "query",
    "files",
    "rows",
    "malformed",
)


def stage_changes(stages: Pairs[Stage], tiers: Pairs[Tier], codes: Pairs[Anomaly]) -> Iterator[Change]:
    """Those of the stages but for their tables and checks."""
    for item in stages.gone:
        message = f"stage {item.name} is gone: nothing in the manifest is recorded for it any more"
        yield Change(kind="removed-stage", subject=item.name, message=message, at=("stages",))
    for old, new in stages.both:
        at = ("stages", new.name)
        yield from renamed("renamed-stage", "stage", old.name, new.name, at)
        if tiers.now(old.tier) != new.tier:
            said = f"stage {old.name} is of tier"
            yield instead("changed-tier", old.name, said, (*at, "tier"), (old.tier, new.tier))
        if old.by != new.by:
            said = f"stage {old.name} is partitioned by"
            by = [" and ".join(one.by) or "what the domain is" for one in (old, new)]
            yield instead("changed-partitions", old.name, said, (*at, "by"), (by[0], by[1]))
        yield from _inputs(old, new, stages, at)
        yield from _work(old, new, codes, at)
        yield from described("stage", old.name, old.description, new.description, at)
    for item in stages.come:
        message = f"stage {item.name} is new"
        yield Change(kind="added-stage", subject=item.name, message=message, at=("stages", item.name))
    if stages.reordered:
        message = "the stages are in another order"
        yield Change(kind="reordered-stages", subject="stages", message=message, at=("stages",))


def _inputs(before: Stage, after: Stage, stages: Pairs[Stage], at: tuple[str, ...]) -> Iterator[Change]:
    old = {stages.now(item.stage): item for item in before.inputs}
    new: dict[str, StageInput] = {item.stage: item for item in after.inputs}
    at = (*at, "inputs")
    for name, item in old.items():
        subject = f"{before.name}.{item.stage}"
        if name not in new:
            message = f"stage {before.name} does not read {item.stage} any more"
            yield Change(kind="removed-input", subject=subject, message=message, at=at)
            continue
        if item.window != new[name].window:
            said = f"stage {before.name} reads of {item.stage} a window of"
            yield instead("changed-window", subject, said, (*at, name), (item.window, new[name].window))
        options = _options(item), _options(new[name])
        if options[0] != options[1]:
            said = f"stage {before.name} reads {item.stage}"
            yield instead("changed-input", subject, said, (*at, name), options)
    for name in new:
        if name not in old:
            message = f"stage {before.name} reads {name} too"
            yield Change(kind="added-input", subject=f"{before.name}.{name}", message=message, at=(*at, name))


def _options(item: StageInput) -> str:
    """Which of an input's partitions are read, beside a window, and what it is called."""
    given = (("latest", item.latest), ("partial", item.partial), ("optional", item.optional))
    words = [word for word, is_set in given if is_set]
    return " and ".join((*words, *([f"as {item.alias}"] if item.alias else []))) or "as usual"


def _work(before: Stage, after: Stage, codes: Pairs[Anomaly], at: tuple[str, ...]) -> Iterator[Change]:
    old, new = _KINDS[type(before.work)], _KINDS[type(after.work)]
    if old != new:
        yield instead("changed-kind", before.name, f"stage {before.name} is made by", (*at, new), (old, new))
    elif before.source and after.source:
        yield from _source(before, before.source, after.source, (*at, "source"))
        yield from _malformed(before.name, before.source, after.source, codes, (*at, "source", "malformed"))
        yield from _source_names(before, after, (*at, "table", "columns"))
    elif before.sql and after.sql and _tokens(before.sql) != _tokens(after.sql):
        message = f"stage {before.name} is made by another SQL text"
        yield Change(kind="changed-sql", subject=before.name, message=message, at=(*at, "sql"))
    elif before.python != after.python:
        said = f"stage {before.name} is made by the function"
        yield instead("changed-function", before.name, said, (*at, "python"), (before.python, after.python))
    if old == new and before.rows != after.rows:
        said = f"the function of stage {before.name} gets its inputs as"
        yield instead("changed-rows", before.name, said, (*at, "rows"), (before.rows, after.rows))


def _source(stage: Stage, before: SourceWork, after: SourceWork, at: tuple[str, ...]) -> Iterator[Change]:
    name = stage.name
    if before.format != after.format:
        said = f"stage {name} reads the format"
        yield instead("changed-source-format", name, said, (*at, "format"), (before.format, after.format))
    numbers = [one.files.at_least if one.files else 1 for one in (before, after)]
    if numbers[0] != numbers[1]:
        said = f"stage {name} needs of its files at least"
        yield instead("changed-source-options", name, said, (*at, "files"), (numbers[0], numbers[1]))
    if before.path and after.path and before.path != after.path:
        said = f"stage {name} reads the file"
        yield instead("changed-source-path", name, said, (*at, "path"), (before.path, after.path))
    told = [{one.dimension: one.column for one in source.rows} for source in (before, after)]
    if told[0] != told[1]:
        said = f"stage {name} reads of its files the rows of a partition by"
        by = _by_columns(told[0]), _by_columns(told[1])
        yield instead("changed-source-rows", name, said, (*at, "rows"), by)
    if before.database and after.database and before.database != after.database:
        said = f"stage {name} reads the database"
        yield instead(
            "changed-source-query", name, said, (*at, "database"), (before.database, after.database)
        )
    if before.query and after.query and before.query.strip() != after.query.strip():
        message = f"stage {name} reads another query"
        yield Change(kind="changed-source-query", subject=name, message=message, at=(*at, "query"))
    for item in fields(before):
        option = item.name
        old, new = getattr(before, option), getattr(after, option)
        if old != new and option not in _PLACED:
            said = f"stage {name} reads its file with {option}"
            yield instead("changed-source-options", name, said, (*at, option), (repr(old), repr(new)))


def _by_columns(told: Mapping[str, str]) -> str:
    """How a file's rows are told to be of a partition."""
    return (
        ", ".join(f"{dimension} in {column}" for dimension, column in told.items())
        or "no column, all of them"
    )


def _malformed(
    name: str, old: SourceWork, new: SourceWork, codes: Pairs[Anomaly], at: tuple[str, ...]
) -> Iterator[Change]:
    before = codes.now(old.malformed.code) if old.malformed else None
    after = new.malformed.code if new.malformed else None
    if before is None and after is not None:
        message = f"lines that do not parse are recorded as {after}, and do not fail stage {name} any more"
        yield Change(kind="tolerated-malformed", subject=name, message=message, at=at, after=after)
    elif before is not None and after is None:
        message = f"a line that does not parse fails stage {name}, and is not recorded as {before} any more"
        yield Change(kind="refused-malformed", subject=name, message=message, at=at, before=before)
    elif before != after:
        said = f"lines of stage {name} that do not parse are recorded as"
        yield instead("changed-malformed", name, said, at, (before, after))
    rates = old.malformed and old.malformed.max_rate, new.malformed and new.malformed.max_rate
    if before is not None and after is not None and rates[0] != rates[1]:
        said = f"of the lines of stage {name} there may be malformed"
        yield instead("changed-malformed", name, said, at, rates)


def _source_names(before: Stage, after: Stage, at: tuple[str, ...]) -> Iterator[Change]:
    columns = pair(before.table.columns, after.table.columns, lambda item: (item.name, item.renamed_from))
    for old, new in columns.both:
        subject = f"{before.table.name}.{old.name}"
        written = [_written(one) for one in (old, new)]
        if written[0] != written[1]:
            said = f"column {subject} is written in its file"
            yield instead(
                "changed-source-options", subject, said, (*at, new.name, "from"), (written[0], written[1])
            )
        names = before.fields[old.name], after.fields[new.name]
        if names[0] != names[1]:
            said = f"column {subject} is filled from"
            yield instead("changed-source-name", subject, said, (*at, new.name, "from"), names)


def _written(column: Column) -> str:
    """How its values are written in the file."""
    spelled = {} if column.source is None else given_fields(column.source)
    parts = (
        f"{key} {', '.join(value) if isinstance(value, tuple) else value}"
        for key, value in spelled.items()
        if key != "name"
    )
    return f"with {', '.join(parts)}" if spelled.keys() - {"name"} else "as usual"


def _tokens(sql: SqlText) -> tuple[str, str]:
    """The texts without what does not count."""
    return joined_tokens(sql.sqlite, "sqlite"), joined_tokens(sql.postgresql)
