"""Days that a build wrote down stay, until the spec wants others or a newer version of a library has them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from spine_gen.generate import BuildPlan, generate, write_build
from spine_gen.validation import validate_specs

ROOT = Path(__file__).resolve().parents[2]
CASE = (ROOT / "tests/cases/calendar/spec.yaml").read_text(encoding="utf-8")
SESSIONS = """
import datetime as dt
from . import errors

class _Calendar:
    weekmask = "1111100"
    regular_holidays = None

    def __init__(self, start, end):
        first, last = (dt.datetime.fromisoformat(day) for day in (start, end))
        days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
        self.sessions = [day for day in days if day.weekday() < 5 and day.isoformat()[:10] not in CLOSED]

def get_calendar_names():
    return ["NYSE"]

def get_calendar(name, start, end):
    return _Calendar(start, end)
"""


class Project:
    """A spec and what is built of it, beside libraries that are put before those that are installed."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, patch
        self.spec, self.root = folder / "spec.yaml", folder / "generated"
        self.package = self.root / "case_sessions"
        self.write(CASE)

    def write(self, text: str) -> None:
        self.spec.write_text(text, encoding="utf-8")

    def plan(self) -> BuildPlan:
        return generate([self.spec], self.root, project=self.folder)

    def build(self) -> None:
        plan = self.plan()
        assert plan.diagnostics == ()
        write_build(plan)

    def said(self) -> list[str]:
        """What a build refuses, and that validation refuses the same."""
        found = [f"{one.code} {one.headline}" for one in self.plan().diagnostics]
        (validated,) = validate_specs([self.spec], self.root, self.folder)
        assert [f"{one.code} {one.headline}" for one in validated.diagnostics] == found
        return found

    @property
    def closed(self) -> list[str]:
        lines = (self.package / "calendars.py").read_text(encoding="utf-8").splitlines()
        return [line.strip()[1:11] for line in lines if line.startswith(" " * 8)]

    def library(self, version: str, *closed: str) -> None:
        """A version of exchange_calendars; one without a day that is closed cannot be loaded."""
        folder = self.folder / f"library-{version}"
        package = folder / "exchange_calendars"
        package.mkdir(parents=True)
        text = f"CLOSED = {closed!r}\n{SESSIONS}" if closed else "raise AssertionError('it is asked')\n"
        (package / "__init__.py").write_text(text, encoding="utf-8")
        (package / "errors.py").write_text("class CalendarError(Exception): ...\n", encoding="utf-8")
        told = folder / f"exchange_calendars-{version}.dist-info"
        told.mkdir()
        (told / "METADATA").write_text(f"Name: exchange_calendars\nVersion: {version}\n", encoding="utf-8")
        self._patch.syspath_prepend(folder)
        for name in [name for name in sys.modules if name.partition(".")[0] == "exchange_calendars"]:
            self._patch.delitem(sys.modules, name)

    def without_libraries(self) -> None:
        """Nothing more than what is loaded already can be found."""
        self._patch.setattr(
            sys, "path", [path for path in sys.path if not re.search("site-packages|library-", path)]
        )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, monkeypatch)
    made.library("10.2", "2025-01-09", "2025-01-20")
    return made


def changed(plan: BuildPlan) -> list[str]:
    return [change.path for _, change in plan.writes]


def test_a_library_is_not_asked_again(project: Project) -> None:
    project.build()
    assert project.closed == ["2025-01-09", "2025-01-20"]
    project.library("10.2.0")
    assert project.plan().up_to_date
    assert project.said() == []


def test_nor_is_an_older_one(project: Project) -> None:
    project.build()
    project.library("9.15")
    assert project.plan().up_to_date
    assert project.said() == []


def test_nor_need_it_be_there(project: Project) -> None:
    project.build()
    project.without_libraries()
    assert project.plan().up_to_date
    assert project.said() == []


def test_an_upgrade_that_has_other_days_is_a_diff(project: Project) -> None:
    project.build()
    project.library("10.10", "2025-01-09", "2025-01-21")
    assert project.said() == []
    plan = project.plan()
    assert changed(plan) == ["calendars.py", "spine.lock.json"]
    assert [one.code for one in plan.stale()] == ["SG506", "SG506"]
    lines = [line for line in plan.diff().splitlines() if "2025-01-2" in line]
    assert lines == [
        '-        "2025-01-20": "closed",',
        '+        "2025-01-21": "closed",',
        '-        "2025-01-20": "closed"',
        '+        "2025-01-21": "closed"',
    ]
    write_build(plan)
    assert project.closed == ["2025-01-09", "2025-01-21"]
    project.library("10.10.0")
    assert project.plan().up_to_date


def test_an_upgrade_that_has_the_same_days_is_none(project: Project) -> None:
    project.build()
    project.library("11", "2025-01-09", "2025-01-20")
    assert project.plan().up_to_date
    assert project.said() == []


def test_nor_is_one_that_cannot_tell(project: Project) -> None:
    project.build()
    project.library("12", *(f"2024-12-{day}" for day in (24, 26, 27, 30, 31)), "2025-01-09")
    fake = project.folder / "library-12/exchange_calendars/__init__.py"
    text = fake.read_text(encoding="utf-8")
    fake.write_text(
        f"{text}\n    raise ValueError('not this time')\n".replace("return _C", "_C"), encoding="utf-8"
    )
    assert project.plan().up_to_date
    assert project.said() == []
    project.write(CASE.replace("through: 2025-02-28", "through: 2025-03-31"))
    assert project.said() == ["SG407 exchange_calendars NYSE: not this time"]


def test_further_days_are_asked_of_whatever_is_there(project: Project) -> None:
    project.build()
    project.library("9", "2025-01-09", "2025-03-03")
    project.write(CASE.replace("through: 2025-02-28", "through: 2025-03-31"))
    assert project.said() == []
    assert changed(project.plan()) == ["README.md", "calendars.py", "spine.lock.json"]
    project.build()
    assert project.closed == ["2025-01-09", "2025-03-03"]


def test_without_the_library_they_cannot_be(project: Project) -> None:
    project.build()
    project.without_libraries()
    project.write(CASE.replace("through: 2025-02-28", "through: 2025-03-31"))
    (said,) = project.said()
    assert said == "SG408 calendar NYSE is asked of exchange_calendars, which is not installed"
    (found,) = project.plan().diagnostics
    assert (found.place.span.start.line, found.help) == (10, 'install it: pip install "spine-gen[calendars]"')


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("exchange: NYSE", "exchange: NYSX", 'SG406 exchange_calendars has no exchange "NYSX"'),
        ("exchange: NYSE", "holidays: USX", 'SG406 holidays has no country or market "USX"'),
        ("exchange: NYSE", "holidays: US-ZZ", 'SG406 holidays has no part of US "US-ZZ"'),
        (
            "start: 2024-12-24",
            "start: 1700-01-01",
            "SG385 a calendar from 1700-01-01 to 2025-02-28 is longer than",
        ),
        (
            "{exchange: NYSE, through: 2025-02-28}",
            "{holidays: US, through: 2101-12-31}",
            "SG407 holidays has those of US from",
        ),
    ],
)
def test_what_no_library_tells_is_refused_built_or_not(
    project: Project, before: str, after: str, said: str
) -> None:
    project.write(CASE.replace(before, after))
    (found,) = project.said()
    assert found.startswith(said)
    project.write(CASE)
    project.build()
    project.write(CASE.replace(before, after))
    (found,) = project.said()
    assert found.startswith(said)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "market=STOCKS/day=2025-01-10",
            "market=STOCKS/day=2025-01-09",
            "SG409 example \"passes_over_the_holiday\": partition key 'market=STOCKS/day=2025-01-09': day "
            "'2025-01-09' is no day of NYSE: closed; next to it are 2025-01-08 and 2025-01-10",
        ),
        (
            "market=STOCKS/day=2025-01-10",
            "market=STOCKS/day=2025-12-15",  # the day that suggests itself
            "SG409 example \"passes_over_the_holiday\": partition key 'market=STOCKS/day=2025-12-15': day "
            "'2025-12-15' is after 2025-02-28, up to which calendar NYSE is known",
        ),
        (
            "market=STOCKS/day=2025-01-07",
            "market=STOCKS/day=2025-01-09",
            "SG409 LOAD is not read for market=STOCKS/day=2025-01-09 where market=STOCKS/day=2025-01-10",
        ),
    ],
)
def test_examples_are_of_days_that_count(project: Project, before: str, after: str, said: str) -> None:
    text = CASE.replace(before, after)
    project.write(text.replace("        partition: market=STOCKS/day=2025-12-15\n", ""))
    (found,) = project.said()
    assert found.startswith(said)
    wrong = project.spec.read_text(encoding="utf-8")
    project.write(CASE)
    project.build()
    project.write(wrong)
    (found,) = project.said()
    assert found.startswith(said)


def test_an_edit_by_hand_is_seen(project: Project) -> None:
    project.build()
    path = project.package / "calendars.py"
    path.write_text(path.read_text(encoding="utf-8").replace("2025-01-20", "2025-01-21"), encoding="utf-8")
    assert [one[:5] for one in project.said()] == ["SG501"]


def test_so_is_a_lock_whose_days_are_none(project: Project) -> None:
    project.build()
    path = project.package / "spine.lock.json"
    path.write_text(path.read_text(encoding="utf-8").replace("2025-01-20", "2025-01-32"), encoding="utf-8")
    assert [one[:5] for one in project.said()] == ["SG503"]


def test_a_calendar_goes_with_its_declaration(project: Project) -> None:
    project.build()
    project.write(CASE.replace("    calendar: {exchange: NYSE, through: 2025-02-28}\n", ""))
    project.write(project.spec.read_text(encoding="utf-8").partition("    examples:")[0])
    project.build()
    assert not (project.package / "calendars.py").exists()
    assert "calendars" not in (project.package / "spine.lock.json").read_text(encoding="utf-8")


def test_a_renamed_dimension_keeps_its_days(project: Project) -> None:
    project.build()
    project.library("10.2.0")
    text = CASE.partition("    examples:")[0].replace("{day}", "{session}")
    project.write(text.replace("  day:\n", "  session:\n    renamed_from: day\n"))
    project.build()
    assert "SESSION_CALENDAR = Calendar(" in (project.package / "calendars.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("calendar", [False, True])
def test_libraries_are_loaded_where_they_are_asked_and_nowhere_else(
    project: Project, *, calendar: bool
) -> None:
    """Neither the build of a spec without a calendar loads one, nor that of days that are written down."""
    if calendar:
        project.build()
    else:
        project.write((ROOT / "specs/finra.yaml").read_text(encoding="utf-8"))
    code = (
        "import sys\nfrom pathlib import Path\nfrom spine_gen.generate import generate\n"
        "from spine_gen.validation import validate_specs\n"
        "spec, root = Path('spec.yaml'), Path('generated')\n"
        "validate_specs([spec], root, Path())\n"
        "assert not generate([spec], root).blocked\n"
        "print({'pandas', 'holidays', 'exchange_calendars'} & {*sys.modules})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project.folder, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("set()\n", "")
