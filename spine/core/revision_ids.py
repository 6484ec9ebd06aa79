"""The ids of generated revisions, which carry a digest of their file: `finra_otc_0002_3f9a1c02`.

The id of the revision before is part of the file, so a revision's id stands for the whole line up to it, and
revisions of two branches have two ids. Ids without a digest, `finra_otc_0002`, are those of older builds.
A step that a person writes has one as well, `finra_otc_0002_step_3f9a1c02`, of its text as it was begun: it
tells steps apart, and says nothing of what the file has to be.
"""

import re
from hashlib import sha256

CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)  # git's marks, where two branches changed one file
UNDIGESTED = "0" * 8  # in the digest's place while the file is written
_REVISION = re.compile(r'^revision = \(?\s*"(\w+)"', re.MULTILINE)
_DIGESTED = re.compile(r"(?P<place>\w+_[0-9]{4})_(?P<digest>[0-9a-f]{8})")
_STEP = re.compile(r"(?P<place>\w+_[0-9]{4})_step_[0-9a-f]{8}")
_UNDIGESTED = re.compile(
    rf'^revision = \(?\s*"(?P<place>\w+_[0-9]{{4}}(?:_step)?)_{UNDIGESTED}"', re.MULTILINE
)


def text_digest(text: str) -> str:
    """The sha256 of a file's text with every line break as ``\\n``: a checkout on Windows is no edit."""
    return sha256(text.replace("\r\n", "\n").encode()).hexdigest()


def place_of(revision: str) -> str:
    """An id without its digest: revisions of two branches may share it."""
    found = _DIGESTED.fullmatch(revision) or _STEP.fullmatch(revision)
    return found["place"] if found else revision


def is_step(revision: str) -> bool:
    """Whether it is one that a person writes."""
    return _STEP.fullmatch(revision) is not None


def carries_digest(revision: str) -> bool:
    """Whether the id says what its file has to be."""
    return _DIGESTED.fullmatch(revision) is not None


def is_own_text(text: str, revision: str) -> bool:
    """Whether the text is the one that the id was made from."""
    return revision == f"{place_of(revision)}_{_digest(text, revision)}"


def after(text: str, earlier: str) -> str:
    """A new revision's text that follows another new one, by the id that this one's text has by now."""
    found = _REVISION.search(earlier)
    return text.replace(f"{place_of(found[1])}_{UNDIGESTED}", found[1]) if found else text


def with_digest(text: str) -> str:
    """A new revision's text with the digest in its id; any other text as it is."""
    found = _UNDIGESTED.search(text)
    if found is None:
        return text
    undigested = f"{found['place']}_{UNDIGESTED}"
    return text.replace(undigested, f"{found['place']}_{_digest(text, undigested)}")


def _digest(text: str, revision: str) -> str:
    """Of all but the id itself."""
    return text_digest(text.replace(revision, ""))[: len(UNDIGESTED)]
