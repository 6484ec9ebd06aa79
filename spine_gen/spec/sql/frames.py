"""What one SELECT can see: the tables of its FROM and its JOINs, with their columns."""

import re
from collections.abc import Iterable

from sqlglot import exp

from spine_gen.diagnostics.suggest import did_you_mean
from spine_gen.spec.sql.columns import Frame, Tables, name_of
from spine_gen.spec.sql.kinds import Kind
from spine_gen.spec.sql.operations.exactness import NOT_EQUAL, ROUND_IT
from spine_gen.spec.sql.parsing import place_of
from spine_gen.spec.sql.reading import Reading

UNKNOWN_TABLE, REFUSED, UNKNOWN_COLUMN, NOT_PORTABLE = "SG362", "SG363", "SG364", "SG367"
_JOINING = re.compile(r"\bJOIN\b|\bFROM\b|,", re.IGNORECASE)


class FrameReader:
    """Reads the FROM and the JOINs of the SELECTs of one query, and reports to it."""

    def __init__(self, query: Reading, known: Tables, outer: Frame | None) -> None:
        self._query = query
        self._known = known
        self._outer = outer
        self._tables: Tables = {}
        self._filled: set[tuple[str, str]] = set()
        self._computed: set[tuple[str, str]] = set()

    def frame(self, select: exp.Select) -> Frame:
        """What the SELECT itself can see."""
        merged: set[str] = set()
        if from_ := select.args.get("from_"):
            self._add(from_.this)
        for join in select.args.get("joins") or ():
            merged |= self._join(join)
        results = {name_of(item.args["alias"]) for item in select.expressions if isinstance(item, exp.Alias)}
        joins = select.args.get("joins") or ()
        # What a join finds no row for is NULL.
        filled = frozenset() if any(join.args.get("side") for join in joins) else frozenset(self._filled)
        return Frame(
            self._tables,
            frozenset(merged),
            frozenset(results),
            self._outer,
            filled,
            frozenset(self._computed),
        )

    def _join(self, join: exp.Join) -> set[str]:
        """The columns that the join makes one of."""
        if join.args.get("method"):
            what = f"{join.args['method']} JOIN is not allowed"
            self._query.report(REFUSED, join, what, "name the columns with USING")
        before = list(self._tables.values())
        self._add(join.this)
        using = {name_of(item): item for item in join.args.get("using") or ()}
        for name, item in using.items():
            sides = (before, [self._tables[join.this.alias_or_name.lower()]])
            if not all(_may_have(tables, name) for tables in sides):
                what = f'column "{name}" is not on both sides of the join'
                self._query.report(UNKNOWN_COLUMN, item, what, "write it out: `ON a.x = b.y`")
            elif self._query.portable and any(column == name for _, column in self._computed):
                self._query.report(NOT_PORTABLE, item, NOT_EQUAL, ROUND_IT)
        if not using and not join.args.get("on") and self._wants_condition(join):
            advice = "add `ON a.x = b.x` or `USING (x)`; write CROSS JOIN if all pairs are meant"
            self._query.report(
                NOT_PORTABLE, join, "this JOIN does not say which rows belong together", advice
            )
        return set(using)

    def _wants_condition(self, join: exp.Join) -> bool:
        """The parser reads `a JOIN b` like `a, b`, which needs none."""
        if join.args.get("kind") == "CROSS":
            return False
        start, _ = place_of(join.this, self._query.text)
        words = _JOINING.findall(self._query.text[:start])
        return bool(words) and words[-1].upper() == "JOIN"

    def _add(self, source: exp.Expr) -> None:
        name = source.alias_or_name.lower()
        match source:
            case exp.Table(this=exp.Identifier()):
                columns = self._table(source)
            case exp.Subquery():
                result = self._query.result(source.this, self._known, self._outer)
                columns = result.as_table()
                self._computed |= {(name, one) for one in result.computed}
            case exp.Lateral(this=exp.Subquery()) if self._query.dialect == "postgresql":
                so_far = Frame(self._tables, frozenset(), frozenset(), self._outer)
                columns = self._query.result(source.this.this, self._known, so_far).as_table()
            case _:
                what, advice = "this is no input of the stage", "read FROM the declared inputs"
                self._query.report(UNKNOWN_TABLE, source, what, advice)
                columns = {}
        if name in self._tables:
            advice = "give one of them another name: `… AS other`"
            self._query.report(REFUSED, source, f'"{name}" is there twice', advice)
        self._tables[name] = columns
        if isinstance(source, exp.Table) and source.name.lower() in self._known:
            self._computed |= {(name, one) for one in self._query.computed.get(source.name.lower(), ())}
        elif isinstance(source, exp.Table):
            self._filled |= {(name, one) for one in self._query.filled.get(source.name.lower(), ())}
        for join in source.args.get("joins") or ():
            self._add(join.this)

    def _table(self, table: exp.Table) -> dict[str, Kind]:
        """The columns of an input or of a WITH; an empty mapping where they are not known."""
        name = table.name.lower()
        if table.args.get("db") or table.args.get("catalog"):
            what, advice = "a table of another schema is no input", "read FROM the declared inputs"
            self._query.report(UNKNOWN_TABLE, table, what, advice)
            return {}
        if name in self._known:
            return self._known[name]
        inputs = self._query.inputs
        if name in inputs:
            stage, columns = inputs[name]
            self._query.tables_read.add(stage)
            if table.this.args.get("quoted"):
                what = f"the input {stage} is quoted"
                self._query.report(REFUSED, table, what, "write it without quotes")
            return columns
        if not self._query.open:
            names = [stage for stage, _ in inputs.values()]
            what = f'"{table.name}" is no input of the stage'
            self._query.report(UNKNOWN_TABLE, table, what, did_you_mean(table.name, names))
        return {}


def _may_have(tables: Iterable[dict[str, Kind]], name: str) -> bool:
    return any(not columns or name in columns for columns in tables)
