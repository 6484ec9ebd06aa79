"""Which key of a mapping an unknown one most likely stands for, judged in that mapping alone."""

from collections.abc import Collection

from spine_gen.diagnostics import near_names

_MOST_KEYS = 50  # past these, a mapping is hardly one with a misspelt key


def meant_keys(written: Collection[str], known: Collection[str]) -> dict[str, str]:
    """By known key that is not there: the unknown one that is nearest to it."""
    unknown = [name for name in written if name not in known]
    if not unknown or len(written) > _MOST_KEYS:
        return {}
    free = [name for name in known if name not in written]
    meant: dict[str, str] = {}
    for name in unknown:
        if near := near_names(name, free):
            meant.setdefault(near[0], name)
    return meant
