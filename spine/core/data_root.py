"""Where source stages find what they read: a folder, the settings of what is elsewhere, and the archive."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from spine.remotes import FromEnvironment, Remote
from spine.settings import DEFAULTS, Settings


@dataclass(frozen=True, kw_only=True)
class DataRoot:
    """The folder that relative paths count from, and how to come by what is elsewhere.

    What is fetched lands in `archive`, a folder, and is read from there. With `from_archive` nothing is
    fetched: the newest that the archive has is read. With `look` it is asked whether what is elsewhere has
    changed since; without, it is taken to be as it was.
    """

    folder: Path
    archive: Path
    remotes: tuple[Remote, ...] = ()
    databases: Mapping[str, str | FromEnvironment] = field(default_factory=dict)
    from_archive: bool = False
    look: bool = False

    @classmethod
    def of(cls, given: "DataRootLike") -> "DataRoot":
        """The one given, or that of a folder, whose archive is in it."""
        if isinstance(given, DataRoot):
            return given
        folder = Path(given)
        return cls(folder=folder, archive=folder / DEFAULTS["archive"])

    @classmethod
    def of_project(cls, settings: Settings, *, from_archive: bool = False, look: bool = False) -> "DataRoot":
        """That of a project, as its settings say."""
        return cls(
            folder=settings.data_root,
            archive=settings.archive,
            remotes=settings.remotes,
            databases=settings.databases,
            from_archive=from_archive,
            look=look,
        )

    @property
    def without_looking(self) -> "DataRoot":
        """The same, for those who ask nobody."""
        return replace(self, look=False)

    def __str__(self) -> str:
        """As messages name it."""
        return str(self.folder)


DataRootLike: TypeAlias = str | Path | DataRoot
