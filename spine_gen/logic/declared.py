"""What logic may count on: names in the generated modules, fields of rows, and how functions are called."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spine_gen.plan import naming
from spine_gen.plan.views.domain import anomalies_view, domain_view
from spine_gen.plan.views.tables import rows_view, tables_view
from spine_gen.spec.language import PythonWork, RowForm, Spec, Stage


@dataclass(frozen=True, kw_only=True)
class GeneratedModule:
    """One module of a package, as the spec makes it."""

    names: tuple[str, ...]  # that it defines
    imported: frozenset[str]  # that it has besides
    renamed: Mapping[str, str]  # earlier names that it still has → the names by now

    def __contains__(self, name: str) -> bool:
        return name in self.names or name in self.imported or name in self.renamed


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a package offers to its logic."""

    package: str
    earlier_package: str | None  # by the domain's earlier name
    modules: Mapping[str, GeneratedModule | None]  # None where the spec makes no such module
    fields: Mapping[str, tuple[str, ...]]  # of every row's class

    def row(self, name: str) -> str | None:
        """The class in rows.py that a name stands for; None where it is not one of a table."""
        rows = self.modules["rows"]
        assert rows is not None
        name = rows.renamed.get(name, name)
        return name if name in self.fields else None


@dataclass(frozen=True, kw_only=True)
class CallOf:
    """How the pipeline of a python stage calls the function in logic/."""

    stage: str
    path: str  # the function's module, below the package
    function: str
    inputs: Mapping[str, str]  # argument → the class of its rows, in order
    row: str  # the class of the rows that it gives
    rows: RowForm  # what the inputs come as

    @property
    def parameters(self) -> str:
        """The parameters as the stub has them."""
        return ", ".join(("capture: Capture", *(self.parameter(name) for name in self.inputs)))

    def parameter(self, argument: str) -> str:
        """The parameter of an input as the stub has it."""
        if self.rows == "arrow":
            return f"{argument}: ArrowRows"
        return f"{argument}: InputRows[{self.inputs[argument]}]"


def declared_by(spec: Spec) -> Declared:
    """What the spec's package offers to its logic."""
    domain, rows, tables = domain_view(spec, ""), rows_view(spec, ""), tables_view(spec, "")
    anomalies = anomalies_view(spec, "")
    constants = ("DOMAIN", "PARTITIONS", "TIERS", *(("OWNER",) if domain.owner is not None else ()))
    codes = _module(
        (name for name, _ in anomalies.codes), ("from spine import AnomalyCode",), anomalies.aliases
    )
    variables = ("metadata", *(table.variable for table in tables.tables))
    return Declared(
        package=naming.package(spec.domain),
        earlier_package=naming.package(spec.renamed_from) if spec.renamed_from else None,
        modules={
            "anomalies": codes if spec.anomalies else None,
            "domain": _module(constants, domain.imports),
            "rows": _module((row.name for row in rows.rows), rows.imports, rows.aliases),
            "tables": _module(variables, tables.imports),
        },
        fields={row.name: tuple(field.name for field in row.fields) for row in rows.rows},
    )


def calls_of(spec: Spec) -> tuple[CallOf, ...]:
    """How the pipelines call what is in logic/, in the stages' order."""
    return tuple(
        _call(spec, stage, stage.work) for stage in spec.stages if isinstance(stage.work, PythonWork)
    )


def _call(spec: Spec, stage: Stage, work: PythonWork) -> CallOf:
    return CallOf(
        stage=stage.name,
        path=naming.logic_path(stage),
        function=work.function,
        inputs={
            naming.input_argument(item.named): naming.row_class(spec.read(item).table)
            for item in stage.inputs
        },
        row=naming.row_class(stage.table),
        rows=work.rows,
    )


def _module(
    names: Iterable[str], imports: Iterable[str], renamed: Iterable[tuple[str, str]] = ()
) -> GeneratedModule:
    lines = ast.parse("\n".join(imports)).body
    imported = (
        (alias.asname or alias.name).partition(".")[0]
        for line in lines
        if isinstance(line, ast.Import | ast.ImportFrom)
        for alias in line.names
    )
    return GeneratedModule(names=tuple(names), imported=frozenset(imported), renamed=dict(renamed))
