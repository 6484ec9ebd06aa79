"""A spec that random walks change: every part knows what it was called when the spec was built last.

Each stage passes on fields of one file, so that whatever is renamed, retyped, dropped or brought back, what a
column holds is known: the field that it is of. The texts that a person writes follow from it, too: the spec,
the logic, the files.
"""

import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from spine_gen.plan import naming
from spine_gen.spec.language import Table

FIELDS: dict[str, tuple[str, ...]] = {  # a field of the file, and the types that its texts can be read as
    "k": ("string",),
    "whole": ("integer", "decimal(25, 2)", "decimal(8, 2)", "string", "float"),
    "price": ("decimal(12, 2)", "decimal(20, 4)", "string", "float"),
    "share": ("float", "decimal(9, 4)", "string"),
    "flag": ("boolean", "string"),
    "day": ("date", "string"),
    "moment": ("timestamp", "string"),
    "more": ("json", "string"),
    "note": ("string",),
    "maybe": ("integer", "string", "decimal(22, 1)"),
}
MAY_BE_EMPTY = frozenset({"note", "maybe"})
HOLDS = {  # a type, and those whose values are all kept when a column becomes one of it
    "string": {"integer"},
    "decimal(25, 2)": {"integer", "decimal(8, 2)"},
    "decimal(22, 1)": {"integer"},
    "decimal(20, 4)": {"decimal(12, 2)"},
}
DEFAULTS = {
    "integer": 7,
    "float": 0.25,
    "boolean": True,
    "date": "2024-02-29",
    "json": "none",
    "string": "é'",
}
DEFAULTS |= {"timestamp": "2024-02-29T12:00:00Z"}
ROWS = (
    ("B", "12", "3.50", "0.5", "true", "2025-01-02", "2025-01-02T03:04:05Z", '{"a": 1}', "", "4"),
    ("é'\"", "-999", "0.01", "-2.25", "false", "2024-12-31", "1999-12-31T23:59:59Z", '[1, "x"]', "x y", ""),
    ("D", "1", "1.00", "0", "true", "2025-01-03", "2025-01-02T00:00:00Z", "3", "dropped", "1"),
    ("zz", "0", "123456.78", "1e-3", "false", "2025-06-30", "2025-06-30T12:00:00Z", '"null"', "%s :x", "-4"),
)


@dataclass(eq=False)
class Named:
    """Something with a name, which it may have had another of."""

    name: str
    built: str | None = None  # its name when the spec was built last
    word: str | None = None  # what the spec has as renamed_from

    @property
    def renamed_from(self) -> dict[str, str]:
        return {"renamed_from": self.word} if self.word else {}

    @property
    def survives(self) -> bool:
        """Whether it is what it was in the last build, whatever it is called now."""
        return self.built in {self.name, self.word} - {None}

    def rename(self, name: str, beside: "Iterable[Named]" = ()) -> None:
        """Declared: the word has the name of the last build. Words without effect `beside` it make way."""
        self.name = name
        self.word = self.built if self.built not in (None, name) else None
        for other in beside:
            if other is not self and other.name == other.built and other.word in (name, self.word):
                other.word = None

    def settle(self, keeps_word: bool) -> None:
        """The spec was built: what it is called from here on, it is renamed to from this name."""
        self.built = self.name
        self.word = self.word if keeps_word else None

    def forget(self) -> None:
        """It is new: no build has seen it, or sees what it was before."""
        self.built = self.word = None


@dataclass(eq=False)
class WalkedColumn(Named):
    of: str = ""
    type: str = "string"
    nullable: bool = False
    default: bool = False
    filled: bool = False  # by a step
    said: str | None = None  # its description
    built_type: str = ""

    def settle(self, keeps_word: bool) -> None:
        super().settle(keeps_word)
        self.built_type = self.type

    def converts_to(self, kind: str) -> bool:
        """Whether a migration carries its values over to that type, if not all exactly."""
        before = self.built_type or self.type
        return before.partition("(")[0] == kind.partition("(")[0] or before in HOLDS.get(kind, ())

    @property
    def keeps_values(self) -> bool:
        """Whether what rows hold in it since before the last build is to be there still."""
        same = self.type == self.built_type or self.built_type in HOLDS.get(self.type, ())
        return self.survives and same

    @property
    def declared(self) -> dict[str, Any]:
        kind, *digits = self.type.replace("(", ",").replace(")", "").split(",")
        found: dict[str, Any] = {"type": kind}
        if digits:
            found |= {"precision": int(digits[0]), "scale": int(digits[1])}
        if self.nullable:
            found["nullable"] = True
        elif self.default:
            found["default"] = DEFAULTS.get(kind, 1)
        if self.said:
            found["description"] = self.said
        return found | self.renamed_from


@dataclass(eq=False)
class WalkedIndex:
    of: tuple[str, ...]  # the fields
    name: str | None = None  # its own
    concurrently: bool = False


@dataclass(eq=False)
class WalkedTable(Named):
    said: str | None = None  # its description


@dataclass(eq=False)
class WalkedStage(Named):
    """`kind` is source, sql or python; the others but a source have one input."""

    kind: str = "source"
    table: WalkedTable = field(default_factory=lambda: WalkedTable(name=""))
    columns: list[WalkedColumn] = field(default_factory=list)
    key: tuple[str, ...] = ("k",)  # the fields
    indexes: list[WalkedIndex] = field(default_factory=list)
    tier: int = 0
    reads: "WalkedStage | None" = None
    function: str = ""
    description: str = ""
    built_key: tuple[str, ...] = ()
    keys: set[str] = field(default_factory=set)  # the fields that were in the key of any build
    lost: set[str] = field(default_factory=set)  # names of columns that are gone since the last build

    def settle(self, keeps_word: bool) -> None:
        super().settle(keeps_word)
        self.built_key = self.key
        self.keys |= {*self.key}
        self.lost = set()

    def forget(self) -> None:
        super().forget()
        self.built_key = ()
        for one in (self.table, *self.columns):
            one.forget()

    @property
    def destroys(self) -> bool:
        """Whether rows or values are not there for readers after the next migration."""
        if self.table.built is None:
            return False
        built = [column for column in self.columns if column.built is not None]
        return bool(self.lost) or not self.survives or not all(column.keeps_values for column in built)

    @property
    def loses_key(self) -> bool:
        return self.table.built is not None and not set(self.built_key) <= set(self.key)

    def column(self, of: str) -> WalkedColumn | None:
        return next((one for one in self.columns if one.of == of), None)

    @property
    def row_class(self) -> str:
        return naming.row_class(Table(name=self.table.name, key=(), columns=()))


@dataclass(eq=False)
class WalkedSpec:
    """The domain. `acknowledged` are findings that are meant, each with what it is about."""

    domain: Named = field(default_factory=lambda: Named(name="test.walk"))
    dimensions: list[Named] = field(default_factory=list)
    tiers: list[Named] = field(default_factory=list)
    codes: list[Named] = field(default_factory=list)  # of rows that are recorded, dropped, met by logic
    workflow: Named = field(default_factory=lambda: Named(name="nightly"))
    stages: list[WalkedStage] = field(default_factory=list)
    gone: list[WalkedStage] = field(default_factory=list)
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)  # tables that are gone since the last build
    description: str = "Walked."
    names: int = 0  # that were given

    def new_name(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    @property
    def package(self) -> str:
        return self.domain.name.replace(".", "_")

    def readers(self, stage: WalkedStage) -> list[WalkedStage]:
        """The stages that read it, at any remove."""
        direct = [one for one in self.stages if one.reads is stage]
        return [*direct, *(far for one in direct for far in self.readers(one))]

    @property
    def named(self) -> Iterator[Named]:
        """All that has a name, but the domain."""
        yield self.workflow
        yield from (*self.dimensions, *self.tiers, *self.codes, *self.stages)
        for stage in self.stages:
            yield stage.table
            yield from stage.columns

    @property
    def destroys(self) -> bool:
        return bool(self.lost) or any(stage.destroys for stage in self.stages)

    @property
    def loses_key(self) -> bool:
        return any(stage.loses_key for stage in self.stages)

    def built(self, keeps_words: bool) -> "WalkedSpec":
        """The spec after it was built."""
        spec = self.copy()
        for one in (spec.domain, *spec.named):
            one.settle(keeps_words)
        spec.acknowledged, spec.lost = [], set()
        return spec

    def copy(self) -> "WalkedSpec":
        return deepcopy(self)

    def text(self) -> str:
        """The spec file; JSON is YAML, too."""
        first, *others = self.dimensions
        record, drop, _ = (code.name for code in self.codes)
        spec: dict[str, Any] = {
            "spine": 1,
            "domain": self.domain.name,
            **self.domain.renamed_from,
            "description": self.description,
            "partitions": {
                first.name: {"type": "date", "start": "2025-01-01", **first.renamed_from},
                **{each.name: {"type": "enum", "values": ["X", "Y"], **each.renamed_from} for each in others},
            },
            "tiers": {tier.name: tier.renamed_from or None for tier in self.tiers},
            "anomalies": {
                code.name: {"severity": severity, "description": f"Code {at}.", **code.renamed_from}
                for at, (code, severity) in enumerate(
                    zip(self.codes, ("INFO", "WARNING", "INFO"), strict=True)
                )
            },
            "stages": {stage.name: self._stage(stage, record, drop) for stage in self.stages},
            "workflows": {
                self.workflow.name: {
                    **self.workflow.renamed_from,
                    "steps": [
                        {"stage": self.stages[0].name},
                        {"check": "has_rows", "expect": f"rows({self.stages[0].name}) > 0"},
                        *({"stage": stage.name} for stage in self.stages[1:]),
                    ],
                }
            },
        }
        if self.acknowledged:
            spec["acknowledge"] = [
                {"code": code, "of": of, "reason": "Walked over."} for code, of in self.acknowledged
            ]
        return json.dumps(spec, indent=1, ensure_ascii=False)

    def _stage(self, stage: WalkedStage, record: str, drop: str) -> dict[str, Any]:
        places = "_".join(f"{{{each.name}}}" for each in self.dimensions)
        names = {column.of: column.name for column in stage.columns}
        work: dict[str, Any] = {}
        checks: list[dict[str, str]] = []
        if stage.reads is None:
            work["source"] = {"format": "csv", "path": f"data/{places}.csv"}
            for code, value, action in ((record, "B", "record"), (drop, "D", "drop")):
                checks.append({"code": code, "when": f"{quoted(names['k'])} = '{value}'", "action": action})
        else:
            work["inputs"] = [stage.reads.name]
            work["sql" if stage.kind == "sql" else "python"] = (
                self._select(stage) if stage.kind == "sql" else stage.function
            )
        columns = {}
        for column in stage.columns:
            columns[column.name] = {
                **column.declared,
                **({"from": column.of} if stage.reads is None else {}),
            }
        indexes = [
            {
                "columns": [names[of] for of in index.of],
                **({"name": index.name} if index.name else {}),
                **({"concurrently": True} if index.concurrently else {}),
            }
            for index in stage.indexes
        ]
        return {
            "tier": self.tiers[stage.tier].name,
            **stage.renamed_from,
            **({"description": stage.description} if stage.description else {}),
            **work,
            "table": {
                "name": stage.table.name,
                **stage.table.renamed_from,
                **({"description": stage.table.said} if stage.table.said else {}),
                "key": [names[of] for of in stage.key],
                "columns": columns,
                **({"indexes": indexes} if indexes else {}),
            },
            **({"checks": checks} if checks else {}),
        }

    @staticmethod
    def _select(stage: WalkedStage) -> str:
        assert stage.reads is not None
        items = []
        for column in stage.columns:
            read = stage.reads.column(column.of)
            assert read is not None
            items.append(f"{quoted(read.name)} AS {quoted(column.name)}")
        return f"SELECT {', '.join(items)} FROM {stage.reads.name}"  # noqa: S608

    def logic(self, stage: WalkedStage, remark: str) -> str:
        """What a person writes for a python stage."""
        reads = stage.reads
        assert reads is not None
        values = []
        for column in stage.columns:
            read = reads.column(column.of)
            assert read is not None
            values.append(f"row.{naming.row_field(read.name)}")
        key = reads.column("k")
        assert key is not None
        return (
            f'"""Written by hand: {remark}"""\n\n'
            "from collections.abc import Iterator\n\n"
            "from spine import Capture, InputRows\n\n"
            "from .. import anomalies as codes\n"
            f"from ..rows import {', '.join(sorted((reads.row_class, stage.row_class)))}\n\n\n"
            f"def {stage.function}(\n"
            f"    capture: Capture,\n    {reads.name.lower()}: InputRows[{reads.row_class}],\n"
            f") -> Iterator[{stage.row_class}]:\n"
            f"    for row in {reads.name.lower()}:\n"
            f'        if row.{naming.row_field(key.name)} == "zz":\n'
            f"            capture.record(codes.{self.codes[2].name})\n"
            f"        yield {stage.row_class}({', '.join(values)})\n"
        )


def quoted(name: str) -> str:
    return f'"{name}"'


def start(dimensions: int) -> WalkedSpec:
    """Where walks begin: a file is read, its rows are passed on by SQL, and by logic from there."""

    def columns(*fields: str) -> list[WalkedColumn]:
        return [
            WalkedColumn(name=of, of=of, type=FIELDS[of][0], nullable=of in MAY_BE_EMPTY) for of in fields
        ]

    load = WalkedStage(
        name="LOAD",
        table=WalkedTable(name="loaded"),
        columns=columns("k", "whole", "note", "price", "flag", "day"),
    )
    load.columns[-1].nullable = True
    pick = WalkedStage(
        name="PICK",
        kind="sql",
        table=WalkedTable(name="picked"),
        columns=columns("k", "price", "flag"),
        tier=1,
    )
    grade = WalkedStage(
        name="GRADE", kind="python", table=WalkedTable(name="graded"), columns=columns("price", "k"), tier=2
    )
    pick.reads, grade.reads = load, pick
    pick.function, grade.function = "pick", "grade"
    return WalkedSpec(
        dimensions=[Named(name="day"), Named(name="book")][:dimensions],
        tiers=[Named(name=name) for name in ("BRONZE", "SILVER", "GOLD")],
        codes=[Named(name=name) for name in ("ODD", "DULL", "MET")],
        stages=[load, pick, grade],
    )


def files(dimensions: int) -> dict[str, str]:
    """The files that sources read, by name: a file a partition."""
    head = ",".join(FIELDS)
    lines = [",".join(_csv(value) for value in row) for row in ROWS]
    keys = [key.replace("/", "_") for key in _values(dimensions)]
    return {
        f"{key}.csv": "\n".join([head, *lines[: 2 + at % 3], ""])  # not the same rows in each
        for at, key in enumerate(keys)
    }


def partition_keys(spec: WalkedSpec) -> list[str]:
    """The keys of the partitions, by what the dimensions are called."""
    names = [each.name for each in spec.dimensions]
    if len(names) == 1:
        return _values(1)
    return [
        "/".join(f"{name}={value}" for name, value in zip(names, key.split("/"), strict=True))
        for key in _values(len(names))
    ]


def _values(dimensions: int) -> list[str]:
    days = ["2025-01-01", "2025-01-02"]
    return days if dimensions == 1 else [f"{day}/{book}" for day in days for book in "XY"][:3]


def _csv(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if set(value) & {'"', ","} else value
