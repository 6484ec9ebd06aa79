"""What there is to say about one spec, judged now or remembered from the last build: light to load."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spine_gen.diagnostics.as_data import from_data
from spine_gen.diagnostics.diagnostic import Diagnostic, Place
from spine_gen.output.memory import Remembered
from spine_gen.source.spec_file import read_spec_file, shown_path


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecFindings:
    """Everything there is to say about one spec, and the names that it takes."""

    file: Path
    path: str  # as messages name it
    text: str  # as decoded, for excerpts; empty where there is nothing to say
    diagnostics: tuple[Diagnostic, ...]
    domain: str | None = None  # where nothing is wrong with the spec, as the next two
    package: str | None = None  # its own
    moves_from: str | None = None  # its folder by the domain's earlier name, where that is still there
    place: Place | None = None  # of the domain, which gives the package its name
    tables: tuple[tuple[str, Place], ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)  # of other files that findings are about


def in_order(
    files: Sequence[Path], judged: Sequence[SpecFindings], remembered: Mapping[Path, Remembered]
) -> tuple[SpecFindings, ...]:
    """The findings of all files: those that were judged, and of the others what is remembered."""
    by_file = {item.file: item for item in judged}
    return tuple(by_file.get(file) or _remembered(file, remembered[file]) for file in files)


def _remembered(file: Path, entry: Remembered) -> SpecFindings:
    path = shown_path(file)
    text = read_spec_file(file).decode("utf-8-sig") if entry.diagnostics else ""
    return SpecFindings(file=file, path=path, text=text, diagnostics=from_data(entry.diagnostics, path))
