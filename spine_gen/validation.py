"""All that a build would refuse or complain of, found without planning one where the specs alone can tell.

A build is planned, to say why, only for a spec whose package is not what its lock says or will not stay so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from spine_gen.diagnostics.diagnostic import Diagnostic
from spine_gen.logic.check import NOTHING, LogicFindings, check_logic, logic_paths
from spine_gen.output.found import read_package
from spine_gen.output.glance import nothing_in_the_way
from spine_gen.output.memory import Remembered, clashing
from spine_gen.plan import naming
from spine_gen.plan.collisions import check_names, check_specs, place_of, tables_taken
from spine_gen.source.spec_file import read_spec_file, shown_path
from spine_gen.spec.check import check_spec
from spine_gen.spec_findings import SpecFindings, in_order
from spine_gen.workers import in_batches, worker_count


def validate_specs(
    files: Sequence[Path],
    root: Path,
    project: Path,
    *,
    contents: Mapping[Path, bytes] | None = None,
    remembered: Mapping[Path, Remembered] | None = None,
) -> tuple[SpecFindings, ...]:
    """What building those specs into `root` would find wrong, in their order; changes nothing.

    Those with `contents` are not read; what `memory` knows to be unchanged is not judged again. Raises
    UnreadableSpecError for a file that cannot be read.
    """
    remembered = remembered or {}
    rest = [file for file in files if file not in remembered]
    judge = partial(_judge_all, root=root, project=project, contents=contents or {})
    found = tuple(in_batches(judge, rest, workers=worker_count(len(rest))))
    packages = (item.package for item in found if item.package is not None)
    tables = {table for item in found for table, _ in item.tables}
    if remembered and clashing(remembered.values(), packages, tables):
        return validate_specs(files, root, project, contents=contents)
    named = ((item.package, item.place) for item in found if item.package is not None and item.place)
    shared = check_specs(named, (table for item in found for table in item.tables))
    if shared:
        found = tuple(_with_shared(item, shared, contents or {}) for item in found)
    return in_order(files, found, remembered)


def _judge_all(
    files: Sequence[Path], *, root: Path, project: Path, contents: Mapping[Path, bytes]
) -> list[SpecFindings]:
    return [_judge(file, root, project, contents.get(file)) for file in files]


def _judge(file: Path, root: Path, project: Path, content: bytes | None) -> SpecFindings:
    content = read_spec_file(file) if content is None else content
    checked = check_spec(content, shown_path(file))
    spec, document, diagnostics = checked.spec, checked.document, checked.diagnostics
    if spec is None or document is None:
        return SpecFindings(file=file, path=checked.path, text=checked.text, diagnostics=diagnostics)
    package = naming.package(spec.domain)
    refused, logic = tuple(check_names(spec, document)), NOTHING
    if not refused and nothing_in_the_way(spec, root, package):
        found = read_package(root, package, logic_paths(spec))
        logic = check_logic(spec, found.files, shown_path(root / package))
    elif not refused:
        refused, logic = _planned(file, root, project, content)
    return SpecFindings(
        file=file,
        path=checked.path,
        text=checked.text if diagnostics or refused else "",
        diagnostics=(*diagnostics, *refused, *logic.diagnostics),
        texts=logic.texts,
        package=package,
        place=place_of(document, "domain"),
        tables=tables_taken(spec, document),
    )


def _planned(
    file: Path, root: Path, project: Path, content: bytes
) -> tuple[tuple[Diagnostic, ...], LogicFindings]:
    """What a plan of the spec's package finds, and what of its logic."""
    from spine_gen.packages import plan_specs  # takes longer to load than most specs to judge

    (plan,) = plan_specs([file], root=root, project=project, contents={file: content})
    return (plan.package.diagnostics, plan.package.logic) if plan.package is not None else ((), NOTHING)


def _with_shared(
    found: SpecFindings, shared: Iterable[Diagnostic], contents: Mapping[Path, bytes]
) -> SpecFindings:
    """A spec's findings with those of several specs that are about it."""
    own = tuple(item for item in shared if item.place.path == found.path)
    others = [label for item in shared for label in item.labels if label.place.path == found.path]
    if not own and not others:
        return found
    content = contents.get(found.file) or read_spec_file(found.file)
    return replace(found, text=content.decode("utf-8-sig"), diagnostics=(*found.diagnostics, *own))
