"""What the templates of a stage see of its inputs: how each is declared, and what it brings."""

from collections.abc import Iterator
from dataclasses import dataclass

from spine.core.partitions.mapping import is_finer
from spine_gen.plan import naming
from spine_gen.plan.imports import Import
from spine_gen.plan.views.source_code import Call, Code, keywords
from spine_gen.spec.language import Spec, Stage, StageInput
from spine_gen.spec.partition_types import partitions_of


@dataclass(frozen=True, kw_only=True)
class InputView:
    constant: str  # its Input in the pipeline's module
    argument: str  # its rows in the function's signature
    call: Call  # Input(…), what the constant is
    rows: str  # their type there
    row_import: Import  # of the class of a row, in rows.py
    read: Call  # what the pipeline passes
    contract: str  # what a function may expect of its rows


def inputs_of(spec: Spec, stage: Stage) -> tuple[InputView, ...]:
    return tuple(_input_view(spec, stage, item) for item in stage.inputs)


def _input_view(spec: Spec, stage: Stage, item: StageInput) -> InputView:
    read, home = spec.read(item), spec.home(item)
    is_other = home is not spec
    tables = naming.of_domain(home.domain, "tables") if is_other else "tables"
    given, row = (None, Code(naming.input_constant(item.named))), naming.row_class(read.table)
    if stage.rows == "arrow":
        rows, passed = "ArrowRows", Call(name="capture.arrow_of", arguments=(given,))
    else:
        rows = f"InputRows[{row}]"
        passed = Call(name="capture.rows_of", arguments=(given, (None, Code(row))))
    return InputView(
        constant=naming.input_constant(item.named),
        argument=naming.input_argument(item.named),
        call=Call(
            name="Input",
            arguments=(
                (None, read.name),
                *keywords(
                    tier=read.tier,
                    table=Code(f"{tables}.{naming.table_variable(read.table)}"),
                    domain=home.domain if is_other else None,
                    partitions=_partitions_of_input(spec, stage, item),
                    window=item.window if item.window > 1 else None,
                    latest=item.latest or None,
                    partial=item.partial or None,
                    optional=item.optional or None,
                    name=item.named if item.named != read.name else None,
                ),
            ),
        ),
        rows=rows,
        row_import=Import(f"{naming.package(home.domain)}.rows" if is_other else "..rows", row),
        read=passed,
        contract=_contract(spec, stage, item),
    )


def _partitions_of_input(spec: Spec, stage: Stage, item: StageInput) -> Code | None:
    """The name of its partitions, where they are not the stage's."""
    read, home = spec.read(item), spec.home(item)
    apart = home is not spec and any(one.calendar for one in (*home.partitions, *spec.partitions))
    if partitions_of(home, read) == partitions_of(spec, stage) and not apart:
        return None
    constant = naming.partitions_constant(home, read)
    return Code(constant if home is spec else naming.of_domain(home.domain, constant))


def _contract(spec: Spec, stage: Stage, item: StageInput) -> str:
    argument = naming.input_argument(item.named)
    return f"`{argument}` has the rows of {item.stage} {_told_partitions(spec, stage, item)}."


def _told_partitions(spec: Spec, stage: Stage, item: StageInput) -> str:
    """For which partitions an input is read, in words."""
    of, own = partitions_of(spec.home(item), spec.read(item)), partitions_of(spec, stage)
    absent = ", and none where it is not there" if item.optional else ""
    if item.latest:
        return f"for its newest partition at or before this one{absent}"
    if is_finer(of, own):
        which = "those of its partitions that belong to this one"
        return f"for {which} and exist{absent}" if item.partial else f"for all {which[11:]}{absent}"
    same = "the same partition" if of == own else "the partition that this one belongs to"
    if item.window == 1:
        return f"for {same}{absent}"
    itself = ", whether it exists itself or not" if item.optional else ""
    return f"for {same} and for those of the {item.window - 1} before it that exist{itself}"


def input_constants(stage: Stage) -> tuple[Code, ...]:
    return tuple(Code(naming.input_constant(item.named)) for item in stage.inputs)


def input_imports(spec: Spec, stage: Stage, item: StageInput) -> Iterator[Import]:
    """What an input's declaration needs beside what every pipeline's module has."""
    home = spec.home(item)
    package = naming.package(home.domain)
    if home is not spec:
        yield Import(package, "tables", naming.of_domain(home.domain, "tables"))
    if _partitions_of_input(spec, stage, item) is not None:
        constant = naming.partitions_constant(home, spec.read(item))
        if home is spec:
            yield Import("..domain", constant)
        else:
            yield Import(f"{package}.domain", constant, naming.of_domain(home.domain, constant))
