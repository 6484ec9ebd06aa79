"""Which code a stage's logic consists of: its module and what it imports of the logic package, as it runs."""

import functools
import importlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spine.data.logic_code import LogicCode

SCORE = "from .helpers import double\n\ndef score(capture):\n    return double(1)\n"


class Project:
    """A package `shop` with a `logic` folder, imported anew on every call."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files("shop/__init__.py", "shop/logic/__init__.py")
        self.file("shop/rows.py", "ROW = 1\n")
        self.file("shop/logic/score.py", SCORE)
        self.file("shop/logic/helpers.py", "def double(x):\n    return 2 * x\n")

    def file(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def files(self, *paths: str) -> None:
        for path in paths:
            self.file(path, "")

    def function(self, module: str = "shop.logic.score", name: str = "score") -> Callable[..., Any]:
        self.forget()
        importlib.invalidate_caches()
        function: Callable[..., Any] = getattr(importlib.import_module(module), name)
        return function

    def code(self) -> LogicCode:
        return LogicCode.of(self.function())

    def digest(self) -> str:
        code = self.code()
        assert code.unread is None
        assert code.digest is not None
        return code.digest

    def forget(self) -> None:
        for name in [name for name in sys.modules if name.partition(".")[0] in ("shop", "other")]:
            del sys.modules[name]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made = Project(tmp_path)
    yield made
    made.forget()


def test_the_digest_is_pinned(project: Project) -> None:
    assert project.code().function == "score"
    assert project.digest() == "53763b79fe322f1818299dddcac0cc1332d5da0c7f17b85eb1a6d60ee45a7fa8"


@pytest.mark.parametrize(
    "line",
    [
        "from .helpers import double",
        "from . import helpers",
        "from .helpers import *",
        "import shop.logic.helpers",
        "import shop.logic.helpers as h",
        "from shop.logic import helpers",
        "from shop.logic.helpers import double",
        "from ..logic import helpers",
        "from .middle import double",
        "def late():\n    from . import helpers",
        "def late():\n    import shop.logic.helpers",
        "if False:\n    from .helpers import double",
        "from .sub import deep",
        "from .sub.deep import double",
        "import shop.logic.sub.deep",
        "def late():\n    from .plain.deep import double",
    ],
)
def test_modules_of_the_package_count_however_they_are_imported(project: Project, line: str) -> None:
    project.file("shop/logic/middle.py", "from .helpers import double\n")
    project.file("shop/logic/sub/__init__.py", "")
    project.file("shop/logic/sub/deep.py", "from ..helpers import double\n")
    project.file("shop/logic/plain/deep.py", "from shop.logic.helpers import double\n")
    project.file("shop/logic/score.py", f"{line}\ndef score(capture): ...\n")
    before = project.digest()
    project.file("shop/logic/helpers.py", "# three\ndef double( x ):\n    '''Text.'''\n\n    return 2*x\n")
    assert project.digest() == before
    project.file("shop/logic/helpers.py", "def double(x):\n    return 3 * x\n")
    assert project.digest() != before


@pytest.mark.parametrize("path", ["shop/logic/__init__.py", "shop/logic/sub/__init__.py"])
def test_the_packages_above_a_module_count_as_they_run_before_it(project: Project, path: str) -> None:
    project.files("shop/logic/sub/__init__.py", "shop/logic/sub/deep.py")
    project.file("shop/logic/score.py", "import shop.logic.sub.deep\ndef score(capture): ...\n")
    before = project.digest()
    project.file(path, '"""Only prose."""\n')
    assert project.digest() == before
    project.file(path, "import decimal\n")
    assert project.digest() != before


def test_what_is_not_imported_does_not_count(project: Project) -> None:
    project.file("shop/logic/score.py", f"from ..rows import ROW\n{SCORE}  # never, mentioned, rows\n")
    before = project.digest()
    project.file("shop/rows.py", "ROW = 2\n")
    project.file("shop/logic/never.py", "1\n")
    project.file("shop/logic/mentioned.py", "this is no Python")
    project.file("shop/never.py", "1\n")
    project.file("shop/logic/notes.txt", "1\n")
    assert project.digest() == before


def test_modules_may_import_each_other(project: Project) -> None:
    project.file("shop/logic/helpers.py", "from . import score as back\ndef double(x): ...\n")
    before = project.digest()
    project.file("shop/logic/helpers.py", "from . import score as back\ndef double(x): return 1\n")
    assert project.digest() != before


def test_the_code_is_that_which_was_imported(project: Project) -> None:
    before = project.digest()
    code = project.code()
    project.file("shop/logic/helpers.py", "def double(x):\n    return 3 * x\n")
    assert code.digest == before


def test_a_package_elsewhere_has_the_same_digest(project: Project) -> None:
    project.file("other/shop/__init__.py", "")
    for name in ("__init__", "score", "helpers"):
        text = (project.root / f"shop/logic/{name}.py").read_text(encoding="utf-8")
        project.file(f"other/shop/logic/{name}.py", text)
    assert LogicCode.of(project.function("other.shop.logic.score")).digest == project.digest()


def test_a_function_counts_whatever_it_is_wrapped_in(project: Project) -> None:
    project.file("other/__init__.py", "")
    project.file(
        "other/tools.py",
        "import functools\n"
        "def plain(function):\n    return lambda *a: function(*a)\n"
        "def wrapping(function):\n    return functools.wraps(function)(lambda *a: function(*a))\n",
    )
    for line in ("@plain", "@wrapping", "@functools.cache", "@functools.partial(functools.partial, x=1)"):
        header = f"import functools\nfrom other.tools import plain, wrapping\n{line}\ndef score(capture):\n"
        project.file("shop/logic/score.py", f"{header}    return 1\n")
        before = project.digest()
        project.file("shop/logic/score.py", f"{header}    return 2\n")
        assert project.digest() != before, line


def test_a_decorator_of_the_package_counts(project: Project) -> None:
    project.file("shop/logic/helpers.py", "def double(f):\n    return lambda *a: 2 * f(*a)\n")
    project.file("shop/logic/score.py", "from .helpers import double\n@double\ndef score(capture): ...\n")
    before = project.digest()
    project.file("shop/logic/helpers.py", "def double(f):\n    return lambda *a: 3 * f(*a)\n")
    assert project.digest() != before


def test_classes_methods_and_callable_objects_are_logic_too(project: Project) -> None:
    project.file(
        "shop/logic/score.py",
        "class Score:\n    def __call__(self): ...\n    def made(self): ...\n"
        "score, bound = Score(), Score().made\n",
    )
    digests = {LogicCode.of(project.function(name=name)).digest for name in ("Score", "score", "bound")}
    assert len(digests) == 1
    assert None not in digests


MAKERS = {
    "factory": "def make(k):\n    def score(capture): return k\n    return score\n",
    "partial": (
        "from functools import partial\ndef score(k, capture): return k\nmake = partial(partial, score)\n"
    ),
    "object": (
        "class make:\n    def __init__(self, k): self.k = k\n    def __call__(self, capture): return self.k\n"
    ),
    "wraps": (
        "import functools\n"
        "def score(capture): ...\n"
        "def make(k): return functools.wraps(score)(lambda capture: k)\n"
    ),
}


@pytest.mark.parametrize("maker", list(MAKERS))
def test_what_a_module_makes_by_a_call_counts_with_its_module(project: Project, maker: str) -> None:
    """And with the module that defines what it calls."""
    project.file("shop/logic/helpers.py", MAKERS[maker])
    digests = set()
    for number in (1, 2):
        project.file("shop/logic/score.py", f"from .helpers import make\nscore = make({number})\n")
        assert project.function()(None) == number
        digests.add(project.digest())
    project.file("shop/logic/helpers.py", f"{MAKERS[maker]}MORE = 1\n")
    digests.add(project.digest())
    assert len(digests) == 3


def test_a_thing_of_a_library_counts_with_the_module_that_makes_it(project: Project) -> None:
    digests = set()
    for number in (1, 2):
        project.file("shop/logic/score.py", f"import operator\nscore = operator.itemgetter({number})\n")
        digests.add(project.digest())
    assert len(digests) == 2


@pytest.mark.parametrize(
    "text",
    [
        "from .score import score\n",
        "from .score import score as other\n",
        "from .score import *\n",
        "from . import score as module\nother = module.score\n",
        "import shop.logic.score\nother = shop.logic.score.score\n",
        "import shop.logic.score as module\nother = module.score\n",
        "def late():\n    from .score import score\nfrom . import score as module\nother = module.score\n",
    ],
)
@pytest.mark.parametrize("back", ["", "from . import more\n"])
def test_modules_that_pass_it_on_do_not_count_loaded_or_not(project: Project, text: str, back: str) -> None:
    project.file("shop/logic/helpers.py", MAKERS["factory"])
    project.file("shop/logic/more.py", text)
    project.file("shop/pipeline.py", "from .logic.score import score\nfrom .logic import more\n")
    late = f"def late():\n    {back}" if back else ""
    project.file("shop/logic/score.py", f"from .helpers import make\nscore = make(1)\n{late}")
    before = project.digest()
    score = project.function("shop.pipeline")
    assert any(value is score for value in vars(sys.modules["shop.logic.more"]).values())
    assert LogicCode.of(score).digest == before


def test_a_package_that_passes_on_what_its_module_makes(project: Project) -> None:
    project.file("shop/logic/helpers.py", MAKERS["factory"])
    project.file("shop/logic/sub/__init__.py", "from .deep import score\n")
    project.file("shop/logic/more.py", "from .sub import score\n")
    source = "from ..helpers import make\nfrom . import other\nscore = make({})\n"
    project.files("shop/logic/sub/other.py")
    digests = []
    for number in (1, 2):
        project.file("shop/logic/sub/deep.py", source.format(number))
        digests.append(
            {LogicCode.of(project.function(f"shop.logic.{name}")).digest for name in ("sub", "more")}
        )
    assert [len(found) for found in digests] == [1, 1]
    assert digests[0] != digests[1]


def test_logic_made_outside_counts_with_the_module_that_makes_it(project: Project) -> None:
    """Of a function of the logic package, or of one that is elsewhere itself."""
    project.file("shop/logic/helpers.py", MAKERS["factory"])
    project.files("other/__init__.py")
    project.file("other/tools.py", MAKERS["factory"])
    for made_of in ("shop.logic.helpers", "other.tools"):
        digests = set()
        for number in (1, 2):
            project.file("shop/pipeline.py", f"from {made_of} import make\nscore = make({number})\n")
            digests.add(LogicCode.of(project.function("shop.pipeline")).digest)
        path = f"{made_of.replace('.', '/')}.py"
        project.file(path, f"{MAKERS['factory']}MORE = 1\n")
        digests.add(LogicCode.of(project.function("shop.pipeline")).digest)
        assert len(digests) == 3, made_of


def test_what_has_no_name_counts_by_what_it_is_made_of(project: Project) -> None:
    project.file("shop/logic/weights.py", "def weigh(): return 1\n")
    project.file("shop/pipeline.py", "from .logic.score import score\nfrom .logic.weights import weigh\n")

    def digest() -> str | None:
        score = project.function("shop.pipeline")
        return LogicCode.of(functools.partial(score, sys.modules["shop.pipeline"].weigh)).digest

    before = digest()
    project.file("shop/logic/weights.py", "def weigh(): return 2\n")
    assert digest() != before


def test_a_function_outside_a_logic_package_has_its_own_module(project: Project) -> None:
    project.file("other/logic.py", "from . import more\ndef score(capture): return 1\n")
    project.files("other/__init__.py", "other/more.py")
    before = LogicCode.of(project.function("other.logic")).digest
    assert before is not None
    project.file("other/more.py", "1 + 1\n")
    assert LogicCode.of(project.function("other.logic")).digest == before
    project.file("other/logic.py", "from . import more\ndef score(capture): return 2\n")
    assert LogicCode.of(project.function("other.logic")).digest != before


def test_a_module_has_one_digest_as_a_script_and_imported(project: Project) -> None:
    project.file(
        "shop/show.py",
        "from spine.data.logic_code import LogicCode\n"
        "def score(capture): ...\n"
        "print(LogicCode.of(score).digest)\n",
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(project.root), *filter(None, sys.path)])}
    shown = [
        subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, check=True, env=environment
        ).stdout
        for arguments in ([project.root / "shop/show.py"], ["-m", "shop.show"], ["-c", "import shop.show"])
    ]
    assert len(set(shown)) == 1
    assert len(shown[0].strip()) == 64


def test_code_without_a_source_is_unknown(project: Project) -> None:
    scope: dict[str, Any] = {"__name__": "nowhere"}
    exec("def score(capture): ...", scope)
    code = LogicCode.of(scope["score"])
    assert (code.digest, code.unread) == (None, "nowhere has no source file")
    assert LogicCode.of(len).unread == "builtins has no source file"
    assert LogicCode.of(functools.partial(len)).unread == "builtins has no source file"


def test_a_package_in_an_archive_is_unknown(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = project.root / "packed.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted((project.root / "shop").rglob("*.py")):
            packed.write(path, path.relative_to(project.root).as_posix().replace("shop", "other", 1))
    monkeypatch.syspath_prepend(str(archive))
    code = LogicCode.of(project.function("other.logic.score"))
    assert code.digest is None
    assert code.unread == "the folder logic cannot be read: Not a directory"


def test_a_package_without_sources_is_unknown(project: Project) -> None:
    function = project.function()
    (project.root / "shop/logic/score.py").unlink()
    assert LogicCode.of(function).unread == "shop.logic.score has no source file in its package's folder"


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="needs a user who may not read everything"
)
def test_a_source_that_may_not_be_read_is_unknown(project: Project) -> None:
    function = project.function()
    (project.root / "shop/logic/helpers.py").chmod(0)
    assert (
        LogicCode.of(function).unread == "the source of shop.logic.helpers cannot be read: Permission denied"
    )
