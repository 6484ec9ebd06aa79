"""Random histories of a state machine that drives a database of its own, of either kind.

A machine has an `open` that uses its `url`, with `{folder}` in it for a folder of its own.
"""

import os
import uuid
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, run_state_machine_as_test

EXAMPLES = int(os.environ.get("SPINE_TEST_EXAMPLES", "12"))  # histories; a sweep is worth hundreds


def run_on_sqlite(machine: type[RuleBasedStateMachine]) -> None:
    """Some histories, each with a file of its own."""
    _run(type("OnSqlite", (machine,), {"url": "sqlite:///{folder}/spine.db"}), EXAMPLES, 25)


def run_on_postgresql(machine: type[RuleBasedStateMachine], server: str) -> None:
    """Fewer histories, each with a database of its own on the server."""
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    base: Any = machine

    class OnPostgresql(base):  # type: ignore[misc]
        @initialize()
        def open(self) -> None:
            self.name = f"t_{uuid.uuid4().hex}"
            with admin.connect() as connection:
                connection.execute(sa.text(f'CREATE DATABASE "{self.name}"'))
            self.url = sa.make_url(server).set(database=self.name).render_as_string(False)
            super().open()

        def teardown(self) -> None:
            super().teardown()
            with admin.connect() as connection:
                connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)'))

    try:
        _run(OnPostgresql, EXAMPLES // 3, 20)
    finally:
        admin.dispose()


def _run(machine: type[RuleBasedStateMachine], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
