"""All that a build would refuse or complain of, found without planning one where the specs alone can tell.

A build is planned, to say why, only for a spec whose package is not what its lock says or will not stay so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from spine_gen.diagnostics.diagnostic import Diagnostic
from spine_gen.logic.check import NOTHING, LogicFindings, check_logic, logic_paths
from spine_gen.output.found import is_built, list_packages, read_package
from spine_gen.output.glance import nothing_in_the_way
from spine_gen.output.memory import Remembered, clashing
from spine_gen.plan import naming
from spine_gen.plan.collisions import check_names, check_specs, place_of, tables_taken
from spine_gen.source.other_specs import OtherSpecs
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
    whole: bool = False,
    specs_folder: Path | None = None,
) -> tuple[SpecFindings, ...]:
    """What building those specs into `root` would find wrong, in their order; changes nothing.

    Those with `contents` are not read; what `memory` knows to be unchanged is not judged again. `whole` says
    that these are all specs of the project: only then is it known which packages none of them makes. The
    specs of other domains that inputs name are among these, or in the `specs_folder`. Raises
    UnreadableSpecError for a file that cannot be read.
    """
    others = OtherSpecs(specs_folder, (file for file in files if file not in (contents or {})))
    remembered = remembered or {}
    rest = [file for file in files if file not in remembered]
    judge = partial(_judge_all, root=root, project=project, contents=contents or {}, others=others)
    found = tuple(in_batches(judge, rest, workers=worker_count(len(rest))))
    packages = (item.package for item in found if item.package is not None)
    tables = {table for item in found for table, _ in item.tables}
    if remembered and clashing(remembered.values(), packages, tables):
        return validate_specs(files, root, project, contents=contents, whole=whole, specs_folder=specs_folder)
    named = ((item.package, item.place) for item in found if item.package is not None and item.place)
    shared = check_specs(named, (table for item in found for table in item.tables))
    if whole:
        shared = (*shared, *_unsaid_domains(root, found, remembered))
    if shared:
        found = tuple(_with_shared(item, shared, contents or {}) for item in found)
    return in_order(files, found, remembered)


def _unsaid_domains(
    root: Path, found: Sequence[SpecFindings], remembered: Mapping[Path, Remembered]
) -> tuple[Diagnostic, ...]:
    """A finding for every domain that is new, but has the tables of a package that no spec makes any more."""
    if any(item.package is None for item in found):
        return ()  # the invalid spec may be the one that makes it
    new = [item for item in found if not item.moves_from and not is_built(root, item.package or "")]
    made = {name for item in found for name in (item.package, item.moves_from) if name}
    made |= {entry.package for entry in remembered.values()}
    packages = list_packages(root, but=made) if new else ()
    if not packages:
        return ()
    from spine_gen.output.unsaid import NewDomain, unsaid_domains  # takes longer to load than to look

    domains = [
        NewDomain(domain=item.domain, tables=[name for name, _ in item.tables], place=item.place)
        for item in new
        if item.domain and item.place
    ]
    return tuple(unsaid_domains(root, packages, domains))


def _judge_all(
    files: Sequence[Path], *, root: Path, project: Path, contents: Mapping[Path, bytes], others: OtherSpecs
) -> list[SpecFindings]:
    return [_judge(file, root, project, contents.get(file), others) for file in files]


def _judge(file: Path, root: Path, project: Path, content: bytes | None, others: OtherSpecs) -> SpecFindings:
    content = read_spec_file(file) if content is None else content
    checked = check_spec(content, shown_path(file), others)
    spec, document, diagnostics = checked.spec, checked.document, checked.diagnostics
    if spec is None or document is None:
        return SpecFindings(file=file, path=checked.path, text=checked.text, diagnostics=diagnostics)
    package = naming.package(spec.domain)
    refused, logic, moves_from = tuple(check_names(spec, document)), NOTHING, None
    if not refused and nothing_in_the_way(spec, root, package):
        found = read_package(root, package, logic_paths(spec))
        logic = check_logic(spec, found.files, shown_path(root / package))
    elif not refused:
        refused, logic, moves_from = _planned(file, root, project, content, others)
    return SpecFindings(
        file=file,
        path=checked.path,
        text=checked.text if diagnostics or refused else "",
        diagnostics=(*diagnostics, *refused, *logic.diagnostics),
        texts=logic.texts,
        domain=spec.domain,
        package=package,
        moves_from=moves_from,
        place=place_of(document, "domain"),
        tables=tables_taken(spec, document),
    )


def _planned(
    file: Path, root: Path, project: Path, content: bytes, others: OtherSpecs
) -> tuple[tuple[Diagnostic, ...], LogicFindings, str | None]:
    """What a plan of the spec's package finds, what of its logic, and the folder that the package leaves."""
    from spine_gen.packages import plan_specs  # takes longer to load than most specs to judge

    (plan,) = plan_specs([file], root=root, project=project, contents={file: content}, others=others)
    package = plan.package
    return (package.diagnostics, package.logic, package.moves_from) if package else ((), NOTHING, None)


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
