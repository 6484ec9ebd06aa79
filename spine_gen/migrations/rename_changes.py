"""The changes of a revision that give something another name; nothing is destroyed by them."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from spine_gen.migrations.views import View

NameKind = Literal["domain", "tier", "anomaly code", "workflow", "dimension"]


@dataclass(frozen=True, kw_only=True)
class RenameName:
    """A name under which something is recorded: what was recorded so far follows."""

    kind: NameKind
    domain: str  # as it is called here: the domain's own name changes first
    before: str
    after: str
    tables: tuple[str, ...] = ()  # of a dimension: whose rows' partition keys name it

    destroys = False

    @property
    def subject(self) -> str:
        return f"{self.kind} {self.before}"

    @property
    def reason(self) -> str:
        return f"{self.kind.capitalize()} {self.before} is called {self.after} from here on."

    @property
    def slug(self) -> str:
        return f"rename_{self.kind}_{self.before}"

    def reverse(self) -> "RenameName":
        domain = self.before if self.kind == "domain" else self.domain
        return RenameName(
            kind=self.kind, domain=domain, before=self.after, after=self.before, tables=self.tables
        )


@dataclass(frozen=True, kw_only=True)
class RenameStage:
    """A stage that is called otherwise, or is at another tier: its captures follow."""

    domain: str
    before: tuple[str, str]  # stage and tier
    after: tuple[str, str]

    destroys = False

    @property
    def subject(self) -> str:
        return f"stage {self.before[0]}"

    @property
    def reason(self) -> str:
        before, after = (f"{stage} ({tier})" for stage, tier in (self.before, self.after))
        return f"Stage {before} is {after} from here on, with all of its captures."

    @property
    def slug(self) -> str:
        return f"rename_stage_{self.before[0]}"

    def reverse(self) -> "RenameStage":
        return RenameStage(domain=self.domain, before=self.after, after=self.before)


@dataclass(frozen=True, kw_only=True)
class RenameTable:
    """A table that is called otherwise, with its rows and its view."""

    before: str
    view: View  # of the table by its new name

    destroys = False

    @property
    def after(self) -> str:
        return self.view.table

    @property
    def subject(self) -> str:
        return self.before

    @property
    def reason(self) -> str:
        return f"{self.before} is called {self.after} from here on, and its view {self.after}_current."

    @property
    def slug(self) -> str:
        return f"rename_{self.before}"

    def reverse(self) -> "RenameTable":
        return RenameTable(before=self.after, view=View(table=self.before, columns=self.view.columns))


@dataclass(frozen=True, kw_only=True)
class RenameColumns:
    """Columns of one table that are called otherwise, with their values."""

    names: tuple[tuple[str, str], ...]  # earlier and new, in an order in which no two meet
    before: View
    after: View

    destroys = False

    @property
    def subject(self) -> str:
        return self.after.table

    @property
    def reason(self) -> str:
        return " ".join(f"Column {old} is called {new} from here on." for old, new in self.names)

    @property
    def slug(self) -> str:
        return f"rename_{'_'.join(old for old, _ in self.names)}_in_{self.after.table}"

    def reverse(self) -> "RenameColumns":
        names = tuple((new, old) for old, new in reversed(self.names))
        return RenameColumns(names=names, before=self.after, after=self.before)


Rename: TypeAlias = RenameName | RenameStage | RenameTable | RenameColumns
