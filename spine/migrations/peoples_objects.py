"""What people made around the generated tables and views, as the database tells: what is in a touch's way.

Only reads. Nothing here says what is to be done about it; `in_the_way` does.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from .catalog import TableFound, read_sqlite_table
from .differences import differences_in
from .touched import Touch

# Everything that depends on what is touched: on a relation as a whole and its row type, on one column of a
# table and of its view, or on a key. Parts of a relation go with it. Its view goes and comes again by itself,
# with the rules on it (`view_grants`), but for those over a column that goes. An index of a constraint is
# told by that, a default by its column. PostgreSQL carries indexes, constraints and statistics over to other
# types.
_ON_POSTGRESQL = sa.text("""
WITH RECURSIVE touch AS (
    SELECT t.*, r.oid, r.reltype, v.oid AS view_oid
    FROM unnest(CAST(:whats AS text[]), CAST(:relations AS name[]), CAST(:views AS name[]),
        CAST(:columns AS name[])) WITH ORDINALITY AS t (what, relation, view, of_column, number)
    JOIN pg_class AS r ON r.relname = t.relation AND r.relnamespace = current_schema()::regnamespace
    LEFT JOIN pg_class AS v ON v.relname = t.view AND v.relnamespace = r.relnamespace AND v.relkind = 'v'
), referred AS (
    SELECT t.*, 'pg_class'::regclass::oid AS classid, t.oid AS objid, NULL::int AS place
    FROM touch AS t WHERE t.what IN ('view made anew', 'view dropped', 'table dropped')
    UNION ALL
    SELECT t.*, 'pg_type'::regclass, y.oid, NULL
    FROM touch AS t JOIN pg_type AS y ON y.oid = t.reltype OR y.typelem = t.reltype AND y.typcategory = 'A'
    WHERE t.what IN ('view made anew', 'view dropped', 'table dropped')
    UNION ALL
    SELECT t.*, 'pg_class'::regclass, a.attrelid, a.attnum
    FROM touch AS t JOIN pg_attribute AS a ON a.attname = t.of_column AND a.attrelid IN (t.oid, t.view_oid)
    WHERE t.what IN ('column dropped', 'column retyped')
    UNION ALL
    SELECT t.*, k.classid, k.objid, NULL
    FROM touch AS t JOIN pg_constraint AS p ON p.conrelid = t.oid AND p.contype = 'p'
    CROSS JOIN LATERAL (VALUES ('pg_constraint'::regclass, p.oid), ('pg_class'::regclass, p.conindid))
        AS k (classid, objid)
    WHERE t.what = 'key dropped'
), found AS (
    SELECT r.number, d.classid, d.objid, d.objsubid
    FROM referred AS r
    JOIN pg_depend AS d ON d.refclassid = r.classid AND d.refobjid = r.objid
        AND (r.place IS NULL OR d.refobjsubid = r.place)
    LEFT JOIN pg_rewrite AS w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
    LEFT JOIN pg_attrdef AS f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
    LEFT JOIN pg_constraint AS k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
    WHERE (d.deptype = 'n' OR d.deptype = 'a' AND (r.what = 'column dropped' OR f.oid IS NOT NULL))
        AND (r.place IS NULL OR f.oid IS NULL OR f.adrelid <> r.objid OR f.adnum <> r.place)
        AND (k.oid IS NULL OR k.contype NOT IN ('p', 'n') AND r.what <> 'column retyped')
        AND (r.place IS NOT NULL OR NOT EXISTS (
            SELECT 1 FROM pg_depend AS o
            WHERE o.classid = d.classid AND o.objid = d.objid AND o.refclassid = d.refclassid
                AND o.refobjid = d.refobjid AND o.deptype <> 'n'))
        AND (w.oid IS NULL OR CASE
            WHEN r.place IS NULL THEN w.ev_class IS DISTINCT FROM r.view_oid
            WHEN r.objid = r.view_oid THEN w.rulename <> '_RETURN'
            ELSE w.rulename <> '_RETURN' OR w.ev_class IS DISTINCT FROM r.view_oid END)
    UNION
    SELECT f.number, d.classid, d.objid, d.objsubid
    FROM found AS f
    JOIN pg_rewrite AS w ON f.classid = 'pg_rewrite'::regclass AND w.oid = f.objid AND w.rulename = '_RETURN'
    JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = w.ev_class AND d.deptype = 'n'
    LEFT JOIN pg_rewrite AS o ON d.classid = 'pg_rewrite'::regclass AND o.oid = d.objid
    WHERE o.oid IS NULL OR o.ev_class <> w.ev_class
)
SELECT DISTINCT f.number, CASE WHEN w.rulename = '_RETURN'
        THEN pg_describe_object('pg_class'::regclass, w.ev_class, 0)
        ELSE pg_describe_object(f.classid, f.objid, f.objsubid) END AS described, c.relname AS index
FROM found AS f
LEFT JOIN pg_rewrite AS w ON f.classid = 'pg_rewrite'::regclass AND w.oid = f.objid
LEFT JOIN pg_class AS c ON f.classid = 'pg_class'::regclass AND c.oid = f.objid AND c.relkind IN ('i', 'I')
ORDER BY 1, 2""")

_OF_VIEWS = ("view made anew", "view dropped")
_NOTHING = TableFound(columns={}, constraints=(), indexes={}, triggers=())

_OF_SQLITE = sa.text(
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1, 2"
)
_COLUMNS = sa.text("SELECT name FROM pragma_table_info(:table)")
_REQUIRED = " NOT NULL"
_WORD = re.compile(r"\w+")
_SQLITE_READ = 20  # the action code of an authorizer


def in_the_way(
    connection: sa.Connection, touches: Iterable[Touch], ours: Mapping[str, TableFound]
) -> dict[Touch, list[str]]:
    """What of people's hangs on what each touch takes away: ``index reports.by_note``, each by its kind.

    `ours` has tables as their revisions made them: their indexes and columns are in nobody's way. Touches
    with nothing in their way are left out.
    """
    touches = tuple(touches)
    if not touches:
        return {}
    if connection.dialect.name == "postgresql":
        return _on_postgresql(connection, touches, ours)
    there = _Sqlite(connection)
    found = {touch: there.in_the_way(touch, ours.get(touch.table, _NOTHING)) for touch in touches}
    return {touch: names for touch, names in found.items() if names}


def _on_postgresql(
    connection: sa.Connection, touches: Sequence[Touch], ours: Mapping[str, TableFound]
) -> dict[Touch, list[str]]:
    asked = {
        "whats": [touch.what for touch in touches],
        "relations": [touch.view if touch.what in _OF_VIEWS else touch.table for touch in touches],
        "views": [touch.view for touch in touches],
        "columns": [touch.column for touch in touches],
    }
    found: dict[Touch, list[str]] = {}
    for number, described, index in connection.execute(_ON_POSTGRESQL, asked):
        touch = touches[number - 1]
        if index is None or index not in ours.get(touch.table, _NOTHING).indexes:
            found.setdefault(touch, []).append(described)
    return found


@dataclass(frozen=True, kw_only=True)
class _OnSqlite:
    """A table, view, index or trigger on SQLite, and the words of the text that made it."""

    kind: str
    name: str
    of: str  # the table or view that an index or a trigger is on
    sql: str
    words: frozenset[str]

    @property
    def called(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def names_others(self) -> bool:
        return self.kind in ("view", "trigger")

    def is_beside(self, ours: TableFound) -> bool:
        """Whether people put it on a table or a view."""
        return self.kind == "trigger" or (self.kind == "index" and self.name not in ours.indexes)


class _Sqlite:
    """What there is in an SQLite database, read once."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._there = tuple(
            _OnSqlite(kind=kind, name=name, of=of, sql=sql, words=frozenset(_WORD.findall(sql.lower())))
            for kind, name, of, sql in connection.execute(_OF_SQLITE)
        )

    def in_the_way(self, touch: Touch, ours: TableFound) -> list[str]:
        return sorted(set(self._in_the_way(touch, ours)))

    def _in_the_way(self, touch: Touch, ours: TableFound) -> Iterator[str]:
        match touch.what:
            case "view made anew" | "view dropped" | "view renamed":
                yield from self._naming(touch.view)
            case "column dropped":
                yield from self._over(touch, ours)
            case "table dropped" | "table made anew":
                yield from self._naming(touch.table, but=touch.view)
            case "additions lost":
                yield from self._beside(touch.table, ours)
            case "differences lost" if ours.columns:
                yield from self._differences(touch.table, ours)

    def _differences(self, table: str, ours: TableFound) -> Iterator[str]:
        """How a table differs from what revisions made, but for what people added (`_beside`) and for columns
        that may be NULL, as they may since revisions were undone."""
        found = read_sqlite_table(self._connection, table)
        for each in differences_in(table, ours, found):
            types = [text and text.removesuffix(_REQUIRED) for text in (each.declared, each.there)]
            is_added = each.declared is None and each.what.startswith("column")
            if not is_added and types[0] != types[1]:
                yield f"{each.what} {each.says}"

    def _naming(self, relation: str, *, but: str = "") -> Iterator[str]:
        """The views that read it, one through another, and the triggers that name it or one of these."""
        for each in self._closure(relation, but):
            if each.kind == "trigger" or any(read == relation for read, _ in self._reads(each.name)):
                yield each.called

    def _over(self, touch: Touch, ours: TableFound) -> Iterator[str]:
        """Views that read and name a column of a table or of its view, and what else names the column.

        One that reads ``*`` goes on with the columns that stay.
        """
        for relation, but in ((touch.table, touch.view), (touch.view, "")):
            for each in self._closure(relation, but):
                if touch.column.lower() in each.words and (
                    each.kind == "trigger" or (relation, touch.column) in self._reads(each.name)
                ):
                    yield each.called
        over = re.compile(
            rf"\s(?:OF|ON)\s.*(?<!\w){re.escape(touch.column)}(?!\w)", re.IGNORECASE | re.DOTALL
        )
        for each in self._there:
            if each.of in (touch.table, touch.view) and each.is_beside(ours) and over.search(each.sql):
                yield each.called

    def _beside(self, table: str, ours: TableFound) -> Iterator[str]:
        """Columns, indexes and triggers of a table that no revision gave it."""
        for name in self._connection.scalars(_COLUMNS, {"table": table}):
            if name not in ours.columns:
                yield f"column {name}"
        yield from (each.called for each in self._there if each.of == table and each.is_beside(ours))

    def _closure(self, relation: str, but: str) -> Iterator[_OnSqlite]:
        """The views whose text has the relation's name or that of such a view, and the triggers elsewhere.

        SQLite looks for what all of them name when it renames a table. The view `but` is passed over, with
        what reads it and the triggers on it and on the relation.
        """
        left, done = [relation], {relation, but}
        while left:
            word = left.pop().lower()
            for each in self._there:
                is_its_own = bool(but) and each.kind == "trigger" and each.of in (relation, but)
                if word in each.words and each.names_others and each.name not in done and not is_its_own:
                    done.add(each.name)
                    left += [each.name] if each.kind == "view" else []
                    yield each

    def _reads(self, view: str) -> set[tuple[str, str]]:
        """The columns, each with its relation, that SQLite reads for a view; none where it finds them not."""
        read: set[tuple[str, str]] = set()

        def note(action: int, relation: str | None, column: str | None, *_others: str | None) -> int:
            if action == _SQLITE_READ:
                read.add((relation or "", column or ""))
            return 0  # allowed

        driver = self._connection.connection.driver_connection
        assert driver is not None
        driver.set_authorizer(note)
        try:
            self._connection.execute(sa.select(sa.text("*")).select_from(sa.table(view)).limit(0))
        except sa.exc.OperationalError:  # it was broken before
            return set()
        finally:
            driver.set_authorizer(None)
        return read
