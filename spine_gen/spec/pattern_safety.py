"""Whether a regular expression can take very long: a repetition that is itself repeated without limit."""

import re

_UNLIMITED = re.compile(r"[*+]|\{[0-9]*,\}")
_SET = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


def repeats_a_repetition(pattern: str) -> bool:
    """Whether a group that holds an unlimited repetition or a choice is repeated without limit."""
    open_groups: list[bool] = []  # for each: does it hold a repetition or a choice?
    closed: bool | None = None  # what the group that has just been closed held
    at = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at, closed = at + 2, None
            continue
        if found := _SET.match(pattern, at):
            at, closed = found.end(), None
            continue
        if pattern[at] == "(":
            open_groups.append(False)
            closed = None
        elif pattern[at] == ")":
            closed = open_groups.pop() if open_groups else None
            if closed and open_groups:
                open_groups[-1] = True
        elif (found := _UNLIMITED.match(pattern, at)) is not None:
            if closed:
                return True
            if open_groups:
                open_groups[-1] = True
            closed = None
        elif pattern[at] == "|":
            if open_groups:
                open_groups[-1] = True
            closed = None
        else:
            closed = None
        at += 1
    return False
