"""Records that are of no partition by themselves: which one each goes along with.

Table, of each file: ``belongs``, with the line of every such record (staged or rejected) and q0, q1…, which
are p0, p1… of the record that it goes along with; NULL where no record of the file is of a partition.
"""

from .duck import Duck
from .line_numbers import Lines, count
from .partition_rows import PartitionRows


def assign(duck: Duck, of: PartitionRows, file: int, lines: Lines) -> None:
    """Create ``belongs`` of a file whose staged records have those lines."""
    own, told = ", ".join(of.names()), ", ".join(of.names("q"))
    both = ", ".join(f"{name} AS {one}" for name, one in zip(of.names(), of.names("q"), strict=True))
    found = ", ".join(f"coalesce(before.{one}, first.{one}) AS {one}" for one in of.names("q"))
    odd, query = f"odd_{file}", duck.connection.execute
    query(
        f"CREATE TABLE {odd} AS SELECT {lines.first} AS odd_line FROM {lines.origin(f'NOT {of.placed}')}"
        f" UNION ALL SELECT line FROM rejects_{file}"
    )
    # Where another partition's begin: in a file that is in order there are few such, and few to look among.
    turns = (
        f"rowid IN (SELECT rowid FROM {lines.staged} WHERE {of.placed}"
        f" QUALIFY row({own}) IS DISTINCT FROM lag(row({own})) OVER ())"
        if count(duck, odd)
        else "false"
    )
    query(
        f"CREATE TABLE belongs_{file} AS WITH"
        f" placed AS (SELECT {lines.first} AS line, {both} FROM {lines.origin(turns)}),"
        f" first AS (SELECT {told} FROM placed ORDER BY line LIMIT 1)"
        f" SELECT odd_line, {found} FROM {odd} ASOF LEFT JOIN placed AS before ON odd_line > before.line"
        " LEFT JOIN first ON true"
    )


def goes_along(of: PartitionRows, file: int, line: str) -> str:
    """True of the line of a record that goes along with those of the wanted partition.

    What goes along with none does so too, whatever is wanted: there is nobody else to tell of it.
    """
    return f"{line} IN (SELECT odd_line FROM belongs_{file} WHERE {of.is_wanted('q')} OR q0 IS NULL)"


def wanted_origin(of: PartitionRows, file: int, lines: Lines) -> str:
    """The query part that the wanted partition's records come from, those that go along included."""
    return f"{lines.origin(of.may_be_wanted)} WHERE ({of.is_wanted()} OR {goes_along(of, file, lines.first)})"
