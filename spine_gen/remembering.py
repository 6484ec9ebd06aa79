"""What a build leaves in memory: for every spec whose package is in order, what made it and what is there."""

import os
from collections.abc import Mapping
from hashlib import sha256

from spine_gen.diagnostics.as_data import as_data
from spine_gen.generate import BuildPlan, SpecPlan
from spine_gen.migrations.chain import FOLDER as MIGRATIONS
from spine_gen.migrations.chain import is_revision_file
from spine_gen.output.compare import Status
from spine_gen.output.memory import Memory, Remembered, Seen, Stamp, revision_names

_STAYS = {Status.CREATE, Status.UPDATE, Status.REMOVE, Status.IDENTICAL, Status.KEPT}


def remember(memory: Memory, plan: BuildPlan, stamps: Mapping[str, Stamp]) -> None:
    """Keep what is known after the plan was written; `stamps` are those of the written files."""
    made = {spec.file: _entry(memory, spec, stamps) for spec in plan.specs}
    memory.save({**plan.remembered, **{path: entry for path, entry in made.items() if entry is not None}})


def _entry(memory: Memory, spec: SpecPlan, stamps: Mapping[str, Stamp]) -> Remembered | None:
    """None where the next build has something to say or to do that this one had not."""
    package = spec.package
    if package is None or package.diagnostics or package.logic.diagnostics:
        return None
    if any(item.status not in _STAYS for item in package.changes):
        return None
    diagnostics = as_data(spec.diagnostics, spec.path)
    if diagnostics is None:
        return None
    folder = f"{memory.root}/{package.package}"
    written = {item.path: item.after for item in package.changes if item.status.writes}
    contents = {**package.found, **written}
    files = {}
    for path, content in sorted(contents.items()):
        if content is None:
            continue
        digest = sha256(content).hexdigest()
        if path in written:
            files[path] = Seen(digest=digest, stamp=stamps.get(f"{package.package}/{path}"))
        else:
            files[path] = memory.seen(f"{folder}/{path}", digest)
    names = revision_names(folder)
    known = {path.removeprefix(MIGRATIONS) for path in files if path.startswith(MIGRATIONS)}
    if {*filter(is_revision_file, names)} != {*filter(is_revision_file, known)}:
        return None
    return Remembered(
        spec=memory.seen(str(spec.file), sha256(spec.content).hexdigest(), link=True),
        package=package.package,
        tables=tuple(table for table, _ in spec.tables),
        diagnostics=diagnostics,
        file_count=sum(
            item.after is not None and not item.path.startswith(MIGRATIONS) for item in package.changes
        ),
        files=files,
        revisions=names,
        others={
            os.path.abspath(path): memory.seen(str(path), sha256(content).hexdigest(), link=True)  # noqa: PTH100
            for path, content in spec.others.items()
        },
    )
