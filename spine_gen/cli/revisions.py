"""An older state of a spec: another file, or what git has of it at a revision. Runs git, changes nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

from spine_gen.cli.git import NoGitError, commit_of, content_at
from spine_gen.errors import SpineGenError

if TYPE_CHECKING:
    from spine_gen.spec.check import CheckedSpec


class RevisionError(SpineGenError):
    """Git does not know the revision, or there is no git."""

    def __init__(self, against: str, why: str) -> None:
        super().__init__(f'"{against}" is neither a file nor a git revision: {why}')
        self.against = against


def read_older(spec: Path, against: str) -> "CheckedSpec | None":
    """The spec as `against` has it: a file, or the spec itself at a git revision (None: not there)."""
    from spine_gen.source.spec_file import read_spec_file
    from spine_gen.spec.check import check_spec

    other = Path(against)
    if other.is_file():
        return check_spec(read_spec_file(other), other.as_posix())
    content = _at_revision(spec, against)
    return None if content is None else check_spec(content, f"{against}:{spec.as_posix()}")


def _at_revision(spec: Path, revision: str) -> bytes | None:
    folder, name = spec.absolute().parent, spec.name
    try:
        commit = commit_of(folder, revision)
        if commit is None:
            raise RevisionError(revision, f"git knows no such revision around {folder}")
        return content_at(folder, commit, name)
    except NoGitError as error:
        raise RevisionError(revision, "git is not installed; name a file instead") from error
