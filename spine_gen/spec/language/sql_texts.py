"""SQL: one text, or one for each database."""

from typing import Literal

from spine_gen.spec.node import Filled, Given, Valid, Word, Written, node

DialectName = Literal["sqlite", "postgresql"]


@node
class _SqlText:
    """One text that means the same on both databases, or a text for each."""

    sqlite: Given[Filled]
    postgresql: Given[Filled]


class DraftSqlText(_SqlText, Written):
    TEXT_FOR = ("sqlite", "postgresql")  # what a text in place of the mapping stands for

    @property
    def portable(self) -> bool:
        """Whether one text serves both databases."""
        return self.sqlite is not None and self.sqlite is self.postgresql

    @property
    def texts(self) -> tuple[tuple[Word, DialectName | None], ...]:
        """Each text, and the one database that it is for; None where it serves both."""
        if self.sqlite is not None and self.portable:
            return ((self.sqlite, None),)
        each: tuple[tuple[Word | None, DialectName], ...] = (
            (self.sqlite, "sqlite"),
            (self.postgresql, "postgresql"),
        )
        return tuple((word, dialect) for word, dialect in each if word is not None)


class SqlText(_SqlText, Valid): ...
