"""Identifiers that sort by the time they were made."""

import uuid_utils


def new_capture_id() -> str:
    """A UUIDv7 in its canonical text: unique, and greater than every one made before in this process."""
    return str(uuid_utils.uuid7())
