"""Generated packages are imported where they lie, and what breaks one is told by file and line."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spine.cli.packages import declared_domains, load_packages, package_names
from spine.errors import NoPackagesError, PackageImportError


@pytest.fixture
def generated(tmp_path: Path) -> Iterator[Path]:
    """An empty folder of generated packages; what is imported from it is forgotten afterwards."""
    folder = tmp_path / "generated"
    folder.mkdir()
    before, path = set(sys.modules), list(sys.path)
    yield folder
    sys.path[:] = path
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if file.startswith(str(tmp_path)):
            del sys.modules[name]


def package(generated: Path, name: str, code: str = "", **modules: str) -> Path:
    folder = generated / name
    folder.mkdir()
    (folder / "spine.lock.json").write_text("{}", encoding="utf-8")
    (folder / "__init__.py").write_text(code, encoding="utf-8")
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text, encoding="utf-8")
    return folder


def test_every_package_with_a_lock_is_imported_in_order(generated: Path) -> None:
    package(generated, "zz_two_h7")
    package(generated, "aa_one_h7", "from . import other\n", other="X = 1\n")
    (generated / "no_lock").mkdir()
    assert load_packages(generated) == ("aa_one_h7", "zz_two_h7")
    assert sys.modules["aa_one_h7.other"].X == 1


@pytest.mark.parametrize("make", [False, True])
def test_nothing_to_import_is_told_with_the_folder(make: bool, tmp_path: Path) -> None:
    folder = tmp_path / "generated"
    if make:
        folder.mkdir()
    with pytest.raises(NoPackagesError, match=rf"{re.escape(str(folder))}.*spine-gen build"):
        package_names(folder)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nowhere_at_all\n", r"logic\.py:1: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("\n1 / 0\n", r"logic\.py:2: ZeroDivisionError: division by zero"),
        ("def broken(:\n", r"logic\.py:1: SyntaxError: invalid syntax"),
    ],
)
def test_a_broken_package_is_told_by_file_and_line(generated: Path, code: str, said: str) -> None:
    package(generated, "broken_h7", "from . import logic\n", logic=code)
    with pytest.raises(
        PackageImportError, match=rf"package broken_h7 cannot be imported: .*{said}"
    ) as caught:
        load_packages(generated)
    assert caught.value.package == "broken_h7"
    assert caught.value.__cause__ is not None


def test_a_package_hidden_by_another_module_is_refused(generated: Path) -> None:
    package(generated, "json")
    with pytest.raises(PackageImportError, match="package json is hidden by the module json"):
        load_packages(generated)


def test_the_domains_are_those_that_the_locks_name(generated: Path) -> None:
    for name, lock in (("old", '{"spec": {"domain": "a.old"}}'), ("new", '{"lock": 2, "domain": "b.new"}')):
        (package(generated, name) / "spine.lock.json").write_text(lock, encoding="utf-8")
    for name, lock in (("none", "{}"), ("list", "[]"), ("broken", "{")):
        (package(generated, name) / "spine.lock.json").write_text(lock, encoding="utf-8")
    assert declared_domains(generated) == ("b.new", "a.old")
