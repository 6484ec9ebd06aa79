"""What ``numbers.raise_horizon`` does, as statements for a script: nobody reads rows between them.

Captures that are published by then and have no number yet get theirs by the database's clock alone.
"""

import sqlalchemy as sa

from .database.database_clock import database_now, just_after, later_of
from .tables import IS_UNNUMBERED, core_answers, core_horizons, core_manifest

_c = core_manifest.c
_numbered = core_manifest.alias("numbered")
_last = sa.select(
    sa.func.coalesce(
        sa.select(sa.func.max(sa.column("number")))
        .select_from(
            sa.union_all(sa.select(_numbered.c.number), sa.select(core_horizons.c.number)).subquery("every")
        )
        .scalar_subquery(),
        0,
    )
).scalar_subquery()
_answered = sa.select(core_answers.c.answered_until).scalar_subquery()
_seen = sa.select(sa.func.max(_numbered.c.visible_at)).scalar_subquery()
_fresh = (
    sa.select(
        _c.capture_id,
        _c.published_at,
        sa.func.row_number().over(order_by=(_c.published_at, _c.capture_id)).label("place"),
    )
    .where(IS_UNNUMBERED)
    .subquery("fresh")
)


def horizon_script(reason: str) -> tuple[sa.Executable, ...]:
    """The statements, in their order."""
    return (
        core_manifest.update()
        .where(_c.capture_id == _fresh.c.capture_id)
        .values(
            number=_last + _fresh.c.place,
            visible_at=later_of(just_after(later_of(_answered, _seen)), _fresh.c.published_at),
        ),
        core_answers.update().values(answered_until=later_of(core_answers.c.answered_until, database_now())),
        core_horizons.insert().from_select(
            ["number", "reason", "raised_at"],
            sa.select(_last + 1, sa.literal(reason), _answered).where(_last > 0),
        ),
    )
