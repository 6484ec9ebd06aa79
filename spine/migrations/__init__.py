"""Bring a database to the schema of the core and of the generated packages, all at once or not at all."""

from spine.core.database.schema import ensure_core

from .drift import drift
from .upgrade import migrate, pending, plan, upgrade

__all__ = ["drift", "ensure_core", "migrate", "pending", "plan", "upgrade"]
