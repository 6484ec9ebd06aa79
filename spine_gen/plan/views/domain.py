"""What the templates of domain.py, anomalies.py and every __init__.py see."""

from collections.abc import Mapping
from dataclasses import dataclass

from spine.core.partitions.calendars import Calendar
from spine_gen.plan import naming
from spine_gen.plan.imports import Import, import_block, natural_order
from spine_gen.plan.views.source_code import Call, Code, keywords
from spine_gen.spec.language import Anomaly, Dimension, PartitionType, Spec

_DIMENSION_CLASSES: dict[PartitionType, str] = {
    "date": "Date",
    "iso_week": "IsoWeek",
    "month": "Month",
    "quarter": "Quarter",
    "year": "Year",
    "enum": "Enum",
    "string": "String",
}


@dataclass(frozen=True, kw_only=True)
class DomainView:
    """domain.py."""

    spec_path: str
    domain: str
    description: str
    owner: str | None
    tiers: tuple[str, ...]
    dimensions: tuple[tuple[str, Call], ...]  # name → the type in spine, in the order of the key
    by: tuple[tuple[str, Call], ...]  # constants of stages' own partitions
    imports: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CalendarsView:
    """calendars.py: every calendar with the name it has there."""

    spec_path: str
    domain: str
    calendars: tuple[tuple[str, Calendar], ...]


@dataclass(frozen=True, kw_only=True)
class AnomaliesView:
    """anomalies.py: every code with the name it has there."""

    spec_path: str
    domain: str
    codes: tuple[tuple[str, Anomaly], ...]
    aliases: tuple[tuple[str, str], ...]  # what a renamed code's constant was called, and what it is now


@dataclass(frozen=True, kw_only=True)
class PackageView:
    """An __init__.py: the modules it imports, sorted."""

    spec_path: str
    description: tuple[str, ...]  # paragraphs
    modules: tuple[str, ...]


def domain_view(spec: Spec, spec_path: str) -> DomainView:
    dimensions = tuple((dimension.name, _type(dimension)) for dimension in spec.partitions)
    used = {Import("spine", "Partitioning"), *(Import("spine", call.name) for _, call in dimensions)}
    used |= {
        Import(".calendars", naming.calendar_constant(dimension.name))
        for dimension in spec.partitions
        if dimension.calendar is not None
    }
    return DomainView(
        spec_path=spec_path,
        domain=spec.domain,
        description=describe(spec),
        owner=spec.owner,
        tiers=tuple(tier.name for tier in spec.tiers),
        dimensions=dimensions,
        by=tuple(_by(spec).items()),
        imports=import_block(used),
    )


def _by(spec: Spec) -> dict[str, Call]:
    found = {}
    for stage in spec.stages:
        constant = naming.partitions_constant(spec, stage)
        if constant != "PARTITIONS":
            names = tuple((None, name) for name in stage.by)
            found[constant] = Call(name="PARTITIONS.by", arguments=names)
    return found


def calendars_view(spec: Spec, spec_path: str, calendars: Mapping[str, Calendar]) -> CalendarsView:
    named = ((naming.calendar_constant(name), calendar) for name, calendar in calendars.items())
    return CalendarsView(spec_path=spec_path, domain=spec.domain, calendars=tuple(named))


def anomalies_view(spec: Spec, spec_path: str) -> AnomaliesView:
    codes = tuple((naming.code_constant(anomaly.code), anomaly) for anomaly in spec.anomalies)
    taken = {constant for constant, _ in codes}
    earlier = (
        (naming.code_constant(anomaly.renamed_from), constant)
        for constant, anomaly in codes
        if anomaly.renamed_from is not None
    )
    aliases = tuple((old, constant) for old, constant in earlier if old not in taken)
    return AnomaliesView(spec_path=spec_path, domain=spec.domain, codes=codes, aliases=aliases)


def package_view(spec: Spec, spec_path: str) -> PackageView:
    """The domain's own package: importing it imports all that registers itself."""
    modules = ("pipelines", "workflows") if spec.workflows else ("pipelines",)
    what = " and ".join(modules)
    description = (describe(spec), f"Importing this package registers its {what}.")
    return PackageView(spec_path=spec_path, description=description, modules=modules)


def pipelines_package_view(spec: Spec, spec_path: str) -> PackageView:
    modules = sorted((naming.pipeline_module(stage.name) for stage in spec.stages), key=natural_order)
    return PackageView(
        spec_path=spec_path,
        description=(f"The pipelines of {spec.domain}, one module a stage.",),
        modules=tuple(modules),
    )


def workflows_package_view(spec: Spec, spec_path: str) -> PackageView:
    modules = sorted((naming.workflow_module(item) for item in spec.workflows), key=natural_order)
    return PackageView(
        spec_path=spec_path,
        description=(f"The workflows of {spec.domain}, one module each.",),
        modules=tuple(modules),
    )


def logic_package_view(spec: Spec, spec_path: str) -> PackageView:
    """Its modules are not imported: a function is loaded with the pipeline that calls it."""
    return PackageView(
        spec_path=spec_path,
        description=(f"The functions of {spec.domain} that people write, one module each.",),
        modules=(),
    )


def describe(spec: Spec) -> str:
    """The domain's own description, or what can be said without it."""
    return spec.description or f"The data domain {spec.domain}."


def _type(dimension: Dimension) -> Call:
    return Call(
        name=_DIMENSION_CLASSES[dimension.type],
        arguments=keywords(
            start=dimension.start,
            end=dimension.end,
            values=dimension.values or None,
            pattern=dimension.pattern,
            calendar=Code(naming.calendar_constant(dimension.name)) if dimension.calendar else None,
        ),
    )
