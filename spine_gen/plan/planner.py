"""Which files a domain's package has: declarative tables of path, template, view and condition.

Migrations are planned beside this, by ``spine_gen.migrations``; the lock is made by ``spine_gen.output``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from spine.core.partitions.calendars import Calendar
from spine_gen.plan import naming
from spine_gen.plan.files import FromTemplate, Ownership, PlannedFile
from spine_gen.plan.views import domain, examples, page, pipelines, tables, workflows
from spine_gen.spec.language import PythonWork, Spec, Stage, WorkflowSpec

_NO_CALENDARS: Mapping[str, Calendar] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class _DomainFile:
    """A file that a package has once, if its condition holds."""

    path: str
    template: str
    view: Callable[[Spec, str], object]
    when: Callable[[Spec], object] = bool


@dataclass(frozen=True, kw_only=True)
class _ItemFile:
    """A file for each of a spec's stages or workflows."""

    items: Callable[[Spec], Iterable[Any]]
    path: Callable[[Any], str]
    template: str
    view: Callable[[Spec, Any, str], object]
    ownership: Ownership = Ownership.GENERATOR


def plan_files(
    spec: Spec, *, spec_path: str, calendars: Mapping[str, Calendar] = _NO_CALENDARS
) -> tuple[PlannedFile, ...]:
    """Every file of the spec's package but migrations and lock, sorted by path.

    `spec_path` is how the files name their spec: relative to the project, with forward slashes. `calendars`
    are those of the dimensions that have one.
    """
    planned = [*_domain_files(spec, spec_path), *_item_files(spec, spec_path)]
    if calendars:
        view = domain.calendars_view(spec, spec_path, calendars)
        content = FromTemplate(template="calendars.py.jinja", view=view)
        planned.append(PlannedFile(path="calendars.py", ownership=Ownership.GENERATOR, content=content))
    return tuple(sorted(planned, key=lambda file: file.path))


def _domain_files(spec: Spec, spec_path: str) -> Iterator[PlannedFile]:
    for row in _DOMAIN_FILES:
        if row.when(spec):
            content = FromTemplate(template=row.template, view=row.view(spec, spec_path))
            yield PlannedFile(path=row.path, ownership=Ownership.GENERATOR, content=content)


def _item_files(spec: Spec, spec_path: str) -> Iterator[PlannedFile]:
    for row in _ITEM_FILES:
        for item in row.items(spec):
            content = FromTemplate(template=row.template, view=row.view(spec, item, spec_path))
            yield PlannedFile(path=row.path(item), ownership=row.ownership, content=content)


def _codes(spec: Spec) -> object:
    return spec.anomalies


def _examples(spec: Spec) -> object:
    return any(stage.examples for stage in spec.stages)


def _stages(spec: Spec) -> Iterable[Stage]:
    return spec.stages


def _python_stages(spec: Spec) -> tuple[Stage, ...]:
    return tuple(stage for stage in spec.stages if isinstance(stage.work, PythonWork))


def _workflows(spec: Spec) -> Iterable[WorkflowSpec]:
    return spec.workflows


_DOMAIN_FILES = (
    _DomainFile(path="README.md", template="README.md.jinja", view=page.page_view),
    _DomainFile(path="__init__.py", template="package.py.jinja", view=domain.package_view),
    _DomainFile(path="anomalies.py", template="anomalies.py.jinja", view=domain.anomalies_view, when=_codes),
    _DomainFile(path="domain.py", template="domain.py.jinja", view=domain.domain_view),
    _DomainFile(
        path="examples.py", template="examples.py.jinja", view=examples.examples_view, when=_examples
    ),
    _DomainFile(
        path="logic/__init__.py",
        template="package.py.jinja",
        view=domain.logic_package_view,
        when=_python_stages,
    ),
    _DomainFile(
        path="pipelines/__init__.py", template="package.py.jinja", view=domain.pipelines_package_view
    ),
    _DomainFile(path="rows.py", template="rows.py.jinja", view=tables.rows_view),
    _DomainFile(path="tables.py", template="tables.py.jinja", view=tables.tables_view),
    _DomainFile(
        path="workflows/__init__.py",
        template="package.py.jinja",
        view=domain.workflows_package_view,
        when=_workflows,
    ),
)
_ITEM_FILES = (
    _ItemFile(
        items=_stages,
        path=naming.pipeline_path,
        template="pipeline.py.jinja",
        view=pipelines.pipeline_view,
    ),
    _ItemFile(
        items=_python_stages,
        path=naming.logic_path,
        template="logic.py.jinja",
        view=pipelines.logic_view,
        ownership=Ownership.YOURS,
    ),
    _ItemFile(
        items=_workflows,
        path=naming.workflow_path,
        template="workflow.py.jinja",
        view=workflows.workflow_view,
    ),
)
