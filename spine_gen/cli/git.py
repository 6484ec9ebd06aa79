"""What git has of files and branches. Runs git, changes nothing."""

import subprocess
from pathlib import Path

from spine_gen.errors import SpineGenError


class NoGitError(SpineGenError):
    """There is no git on this machine."""

    def __init__(self) -> None:
        super().__init__("git is not installed, or not on the PATH")


def git(folder: Path, *arguments: str) -> bytes | None:
    """What git prints in that folder; None where it refuses."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise NoGitError from error
    return done.stdout if done.returncode == 0 else None


def commit_of(folder: Path, revision: str) -> str | None:
    """The commit that a name stands for; None where git knows none, or the folder is in no repository."""
    found = git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return None if found is None else found.decode().strip()


def names_at(folder: Path, commit: str, below: str) -> tuple[str, ...]:
    """The files below a path in the folder, or that one file, as the commit has them."""
    found = git(folder, "ls-tree", "-r", "-z", "--name-only", commit, "--", f":(literal){below}")
    return tuple(name for name in (found or b"").decode().split("\0") if name)


def content_at(folder: Path, commit: str, name: str) -> bytes | None:
    """A file of the folder as the commit has it; None where it has none."""
    if not names_at(folder, commit, name):
        return None
    return git(folder, "cat-file", "blob", f"{commit}:./{name}")


def is_merged(folder: Path, commit: str) -> bool:
    """Whether what is checked out has the commit, or is being merged with it."""
    here = [name for name in ("HEAD", "MERGE_HEAD") if commit_of(folder, name)]
    return any(git(folder, "merge-base", "--is-ancestor", commit, name) is not None for name in here)


def default_branch(folder: Path) -> str | None:
    """The default branch of the remote that the present one follows, such as origin/main."""
    branch = git(folder, "symbolic-ref", "--quiet", "--short", "HEAD")
    remote = branch and git(folder, "config", f"branch.{branch.decode().strip()}.remote")
    name = remote.decode().strip() if remote else "origin"
    found = git(folder, "symbolic-ref", "--quiet", "--short", f"refs/remotes/{name}/HEAD")
    return None if found is None else found.decode().strip()


def top_of(folder: Path) -> Path | None:
    """The repository's own folder; None where there is no repository around."""
    found = git(folder, "rev-parse", "--show-toplevel")
    return None if found is None else Path(found.decode().rstrip("\n")).resolve()


def renamed_files(top: Path, commit: str) -> dict[str, str]:
    """Of the files that git sees renamed since the commit, by the new path the earlier one; from the top."""
    found = git(top, "diff", "--name-status", "-z", "--find-renames", "--diff-filter=R", commit, "--")
    _, *names = f"\0{(found or b'').decode()}".removesuffix("\0").split("\0")
    return {new: old for old, new in zip(names[1::3], names[2::3], strict=True)}
