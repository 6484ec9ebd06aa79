"""The import lines of a generated module: only what it uses, in the order that isort and ruff ask for."""

import re
from dataclasses import dataclass
from typing import TypeAlias

LINE = 88  # ruff's default line length, which generated code keeps
NaturalOrder: TypeAlias = tuple[tuple[int, str], ...]
_STANDARD = frozenset({"collections", "datetime", "decimal", "typing"})


@dataclass(frozen=True, order=True)
class Import:
    """`from module import name [as alias]`, or `import module [as alias]` without a name."""

    module: str
    name: str | None = None
    alias: str | None = None


def import_block(imports: set[Import]) -> tuple[str, ...]:
    """The lines that import all of it, in sections parted by empty lines."""
    sections = [_section({item for item in imports if _place(item) == place}) for place in range(3)]
    lines: list[str] = []
    for section in sections:
        if section and lines:
            lines.append("")
        lines.extend(section)
    return tuple(lines)


def natural_order(name: str) -> NaturalOrder:
    """Sorts as isort and ruff do: without regard to case, numbers by their value."""
    parts = re.split(r"(\d+)", name.lower())
    return (*((int(part), "") if part.isdigit() else (-1, part) for part in parts if part), (-2, name))


def _place(item: Import) -> int:
    if item.module.startswith("."):
        return 2
    return 0 if item.module.partition(".")[0] in _STANDARD else 1


def _section(imports: set[Import]) -> list[str]:
    lines = [f"import {item.module}{_alias(item)}" for item in sorted(imports) if item.name is None]
    named = {item for item in imports if item.name is not None}
    for module in sorted({item.module for item in named}, key=_module_order):
        from_module = sorted((item for item in named if item.module == module), key=_name_order)
        lines.extend(f"from {module} import {item.name}{_alias(item)}" for item in from_module if item.alias)
        if plain := [str(item.name) for item in from_module if not item.alias]:
            lines.extend(_from(module, plain))
    return lines


def _from(module: str, names: list[str]) -> list[str]:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= LINE:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in names), ")"]


def _alias(item: Import) -> str:
    return f" as {item.alias}" if item.alias else ""


def _module_order(module: str) -> tuple[int, str]:
    name = module.lstrip(".")
    return (len(name) - len(module), name)  # `..` before `.`


def _name_order(item: Import) -> tuple[int, NaturalOrder]:
    """Constants, then classes, then functions and modules: isort's order by type."""
    name = item.name or ""
    if len(name) > 1 and name.isupper():
        return (0, natural_order(name))
    return (1 if name[:1].isupper() else 2, natural_order(name))
