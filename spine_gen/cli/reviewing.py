"""`spine-gen diff --against`: what changes between an older state of the specs and the specs as they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spine_gen.cli.options import DiffFormat

if TYPE_CHECKING:
    from spine.settings import Settings
    from spine_gen.reviewing.review import Counts


def review_specs(
    specs: Sequence[Path] | None, against: str, *, form: DiffFormat, database_url: str | None
) -> bool:
    """Print what a reviewer should know; whether a spec has errors. Writes nothing anywhere."""
    from spine.settings import load_settings
    from spine_gen.cli.older_specs import read_beside
    from spine_gen.cli.report import report_specs
    from spine_gen.cli.terminal import note, print_json, write_out
    from spine_gen.reviewing.formats import review_as_data, review_as_markdown, review_as_text
    from spine_gen.reviewing.review import review_spec

    settings = load_settings()
    found = read_beside(specs, settings, against)
    checked = [spec for each in found for spec in (each.older, each.newer) if spec is not None]
    if report_specs(spec for spec in checked if not spec.ok):
        return True
    counts = None if database_url is None else _counts(database_url, settings)
    reviews = [
        review_spec(
            each.older.spec if each.older else None,
            each.newer.spec if each.newer else None,
            path=each.path,
            document=each.newer.document if each.newer else None,
            counts=counts,
        )
        for each in found
    ]
    if form == "json":
        print_json([review_as_data(review) for review in reviews])
    elif changed := [review for review in reviews if review]:
        show = review_as_markdown if form == "markdown" else review_as_text
        write_out("\n".join(show(review) for review in changed))
    else:
        note(f"nothing has changed since {against}")
    return False


def _counts(database_url: str, settings: "Settings") -> "Counts":
    """How many captures count of each stage, in all domains of a database; nothing is created there."""
    import sqlalchemy as sa

    from spine.core.database.database import Database
    from spine.core.database.schema import has_core
    from spine.core.tables import IS_CURRENT, core_manifest
    from spine.errors import DatabaseBehindError, NoDatabaseYetError
    from spine.settings import SQLITE_FILE, absolute_url, hide_password

    url = absolute_url(database_url, Path.cwd())
    if (file := SQLITE_FILE.fullmatch(url)) and not Path(file["file"]).is_file():
        raise NoDatabaseYetError(hide_password(url))
    place = core_manifest.c.domain, core_manifest.c.stage, core_manifest.c.tier
    query = sa.select(*place, sa.func.count()).where(IS_CURRENT).group_by(*place)
    database = Database.of(url, lock_timeout=settings.lock_timeout)
    try:
        with database.read() as connection:
            if not has_core(connection):
                raise DatabaseBehindError(hide_password(url))
            return {(domain, stage, tier): count for domain, stage, tier, count in connection.execute(query)}
    finally:
        database.dispose()
