"""A source's query is one SELECT, for one partition.

What: a query that does not begin with SELECT or WITH, or has several statements; one that asks for what is no
part of a partition, or does not ask for one of the dimensions.
Why: a source only reads; and a query that is the same for several partitions would return each row for all of
them. What else is wrong with it only its own database can tell, when it is asked.

Bad:

    source: {format: sql, database: trades, query: "SELECT symbol, shares FROM trades"}

Good:

    source: {format: sql, database: trades, query: "SELECT symbol, shares FROM trades WHERE traded = :day"}
"""

from collections.abc import Iterator

from spine.core.partitions.times import Temporal
from spine.core.queries import query_parameters, query_problems
from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft, DraftDimension
from spine_gen.spec.partition_types import dimension_type, dimensions_of_stage

CODE = Code("SG394", "a query that a source cannot read", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        query = stage.source.query if stage.source else None
        dimensions = dimensions_of_stage(draft, stage)
        if query is None or not dimensions:
            continue
        for problem in query_problems(query.value, dict(map(_parameters, dimensions))):
            span = query.within(problem.start, problem.end)
            yield draft.finding(CODE, span, f"the query {problem.what}", help=problem.advice)


def _parameters(dimension: DraftDimension) -> tuple[str, tuple[str, ...]]:
    """A dimension's name, and what a query may ask for of it; one of no known type may be a time."""
    kind, name = dimension_type(dimension), dimension.name.value
    return name, query_parameters(name, is_time=kind is None or isinstance(kind, Temporal))
