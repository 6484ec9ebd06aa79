"""Why a build may not write, or what a check found: coded findings about the output, SG5xx.

One function per code, whose docstring is what ``spine-gen explain`` prints.
"""

from collections.abc import Iterable

from spine_gen.diagnostics.diagnostic import Diagnostic, Place
from spine_gen.output.compare import Change, Status
from spine_gen.output.found import LOCK_FILE, Obstacle
from spine_gen.output.lockfile import LockError
from spine_gen.source.position import START

_STALE = {
    Status.CREATE: "is missing",
    Status.UPDATE: "is not what the spec makes",
    Status.MOVE: "is where the domain's earlier name puts it",
    Status.REMOVE: "is of nothing that the spec has",
}


def edited_file(change: Change, folder: str) -> Diagnostic:
    """The generator's files are changed through the spec.

    What: a file that spine-gen wrote is not as it wrote it, and the build would write or remove it.
    Why: the edit would be lost without a word. What people write belongs in `logic/`, which is theirs.

    Bad: a correction in `pipelines/score.py`.

    Good: the correction in `logic/score.py`, or in the spec. `spine-gen build --force` throws the edit away.
    """
    loses = "removes the file" if change.after is None else "writes it anew"
    return Diagnostic(
        code="SG501",
        severity="error",
        headline=f"{change.path} was changed by hand, and the build {loses}",
        place=_place(folder, change.path),
        help="move the change to logic/ or to the spec; or give it up with --force",
    )


def foreign_file(change: Change, folder: str) -> Diagnostic:
    """A build replaces only what a build wrote.

    What: a file is in the place of a generated one, with other content, and no lock says that spine-gen
    wrote it.
    Why: it may be the only copy of somebody's work. After a lost lock, all generated files look like this.

    Bad: a hand-written `tables.py` in a folder that becomes a package.

    Good: the file somewhere else; or the lock restored from version control.
    """
    return Diagnostic(
        code="SG502",
        severity="error",
        headline=f"{change.path} is in the way: it is not what a build writes, nor known to {LOCK_FILE}",
        place=_place(folder, change.path),
        help=f"move it away, or restore {LOCK_FILE}; or let it be overwritten with --force",
    )


def unreadable_lock(error: LockError, folder: str) -> Diagnostic:
    """The lock says what the last build left.

    What: `spine.lock.json` is not a lock that this spine-gen can read.
    Why: without it nobody knows which files were edited, or which revision the schema is at.

    Bad: a lock with the marks of a merge conflict.

    Good: `spine-gen rebase` after the merge, which writes the lock and the other generated files anew.
    """
    return Diagnostic(
        code="SG503",
        severity="error",
        headline=f"{LOCK_FILE} is not readable: {error.reason}",
        place=_place(folder, LOCK_FILE),
        help=error.help,
    )


def missing_lock(folder: str) -> Diagnostic:
    """A package with revisions has a lock.

    What: there are files in `migrations/`, but no `spine.lock.json` that says which schema they lead to.
    Why: the next revision is the difference between that schema and the spec's.

    Bad: `spine.lock.json` in .gitignore.

    Good: the lock committed with the files that it is about.
    """
    return Diagnostic(
        code="SG504",
        severity="error",
        headline=f"{LOCK_FILE} is missing, but there are migrations",
        place=_place(folder, LOCK_FILE),
        help="restore it from version control; or, if no database has run the migrations, delete them",
    )


def blocked_path(obstacle: Obstacle, output: str) -> Diagnostic:
    """Everything that a build writes is a plain file in plain folders below the output folder.

    What: at the place of a generated file, or of a folder above it, there is something else, or it cannot
    be read.
    Why: through a symbolic link a build would write outside the output folder.

    Bad: `generated/finra_otc/pipelines` is a link to a folder elsewhere.

    Good: a folder. The output folder itself may be a link.
    """
    path = f"{output}/{obstacle.path}" if obstacle.path else output
    return Diagnostic(
        code="SG505",
        severity="error",
        headline=f"{obstacle.path or output} is {obstacle.what}",
        place=Place(path=path, span=START),
        help="remove it or put a plain file or folder in its place, then build again",
    )


def stale_file(change: Change, folder: str) -> Diagnostic:
    """What is committed is what the spec makes.

    What: a build would create, change or remove a file.
    Why: whoever reviews and runs the generated code would read and run another domain than the one declared.

    Bad: a commit with a changed spec alone.

    Good: the regenerated files in the same commit.
    """
    return Diagnostic(
        code="SG506",
        severity="error",
        headline=f"{change.path} {_STALE[change.status]}",
        place=_place(folder, change.path),
        help="run spine-gen build and commit what it writes",
    )


def other_domain(before: str, after: str, place: Place) -> Diagnostic:
    """A package is one domain's.

    What: the package was built for a domain of another name, and the spec does not say that this one is the
    same domain by a new name.
    Why: captures, anomalies and runs are recorded under the domain's name. Without the word they would stay
    behind under the earlier one, and everything would be made again beside them.

    Bad: `domain: finra.otc` becomes `domain: finra_otc`.

    Good:

        domain: finra_otc
        renamed_from: finra.otc
    """
    return Diagnostic(
        code="SG508",
        severity="error",
        headline=f"the package was built for the domain {before}, and this is {after}",
        place=place,
        help=f"if the domain is called otherwise now, write renamed_from: {before} below it; "
        "if it is another one, give it a name whose package is not taken",
    )


def domain_unsaid(before: str, domain: str, tables: Iterable[str], place: Place) -> Diagnostic:
    """A domain that is called otherwise says what it was called.

    What: a domain is new, and tables of it are those of a package that no spec makes any more.
    Why: the new package would create them, which a database that has them refuses; what was recorded under
    the earlier name would stay there.

    Bad: `domain: shop.orders` becomes `domain: shop.sales`, and nothing else is said.

    Good:

        domain: shop.sales
        renamed_from: shop.orders
    """
    return Diagnostic(
        code="SG509",
        severity="error",
        headline=f"{before} is made by no spec any more, and {domain} has its tables: {', '.join(tables)}",
        place=place,
        help=f"if it is only called {domain} now, write renamed_from: {before} below; if it is another one, "
        f"give its tables other names; or delete the package of {before}, if no database has its tables",
    )


def orphaned_package(folder: str) -> Diagnostic:
    """Every generated package has a spec.

    What: a folder has a lock, so a build wrote it, but no spec in the specs folder makes it.
    Why: `spine run` still finds its pipelines, which nobody can change or review any more.

    Bad: `specs/orders.yaml` deleted, `generated/shop_orders/` left behind.

    Good: both deleted; its tables stay in the database until somebody drops them.
    """
    return Diagnostic(
        code="SG507",
        severity="error",
        headline=f"{folder} is made by no spec",
        place=_place(folder, LOCK_FILE),
        help="restore its spec; if its domain is called otherwise now, write renamed_from there and build; "
        "or delete the folder (its logic/ was written by people)",
    )


def _place(folder: str, path: str) -> Place:
    return Place(path=f"{folder}/{path}", span=START)
