"""stub"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from spine.core.definitions import Definition
from spine.core.partitions.partitioning import Partitioning

from .checks import Check
from .inputs.declared import Input
from .sources.declared import Source


@dataclass(frozen=True)
class Stage:
    domain: str
    stage: str
    tier: str
    partitions: Partitioning
    table: sa.Table
    inputs: tuple[Input, ...] = ()
    source: Source | None = None
    sql: str | Mapping[str, str] | None = None
    logic: Callable[..., Any] | None = None
    checks: tuple[Check, ...] = ()

    @cached_property
    def definition(self) -> Definition:
        return Definition({"sql": str(self.sql), "checks": str(self.checks), "source": str(self.source)})
