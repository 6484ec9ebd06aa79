"""A step: a revision that a person writes, begun here in the line after the newest one. Plans it only."""

from dataclasses import dataclass

from spine_gen.migrations.chain import FOLDER, Chain
from spine_gen.plan import naming
from spine_gen.plan.files import FromTemplate, Ownership, PlannedFile

TEMPLATE = "step.py.jinja"


@dataclass(frozen=True, kw_only=True)
class StepView:
    """What the step's template may see."""

    spec_path: str
    summary: str
    revision: str
    down_revision: str
    unwritten: str
    not_undone: str


def plan_step(domain: str, summary: str, *, spec_path: str, chain: Chain) -> PlannedFile:
    """The file of the next step, which says only what it is for."""
    assert chain.head is not None
    slug = naming.slug(summary) or "step"
    view = StepView(
        spec_path=spec_path,
        summary=summary,
        revision=naming.step(domain, chain.next_number),
        down_revision=chain.head,
        unwritten='write what it does: from alembic import op, and op.execute("UPDATE …")',
        not_undone="write what undoes it; where nothing has to be undone, remove this line",
    )
    return PlannedFile(
        path=f"{FOLDER}{chain.next_number:04d}_{slug}.py",
        ownership=Ownership.YOURS,
        content=FromTemplate(template=TEMPLATE, view=view),
    )
