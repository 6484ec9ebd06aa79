"""spine refresh and accept, and what run says of stale stages, as people use them."""

import shutil
from pathlib import Path

import pytest

from tests.integration.cli.project import ROOT, Project, make_project

WEEKS = ("2025-W50", "2025-W51")
DAYS = (17, 18, 19)
FILE = Path("data/finra/finra_otc_weekly_otc_20251208.csv")  # of 2025-W50


def project_in(folder: Path) -> Project:
    return make_project(folder / "project", folder / "generated", folder)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a project in which two weeks are loaded, with its data and packages beside it."""
    folder = tmp_path_factory.mktemp("loaded")
    shutil.copytree(ROOT / "examples" / "data", folder / "data")
    shutil.copytree(ROOT / "generated", folder / "generated", ignore=shutil.ignore_patterns("__pycache__"))
    for week in WEEKS:
        assert project_in(folder).spine("run", "finra.otc/weekly", "-p", week).status == 0
    return folder


@pytest.fixture
def changing(loaded: Path, tmp_path: Path) -> Project:
    """A copy of all that, which may change."""
    shutil.copytree(loaded, tmp_path, dirs_exist_ok=True)
    return project_in(tmp_path)


def add_line(project: Project) -> None:
    """Restate the file of the first week."""
    file = project.folder.parent / FILE
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]), encoding="utf-8")


def change_sql(project: Project) -> None:
    """Change what AGGREGATE does."""
    file = project.folder.parent / "generated" / "finra_otc" / "pipelines" / "aggregate.py"
    text = file.read_text(encoding="utf-8")
    assert "COUNT(*)" in text
    file.write_text(text.replace("COUNT(*)", "COUNT(DISTINCT mpid)"), encoding="utf-8")


def tasks(project: Project, *arguments: str) -> list[tuple[str, str]]:
    ran = project.spine("refresh", *arguments, "--dry-run", "--format", "json")
    assert ran.status == 0, ran.err
    return [(task["partition_key"], task["stage"]) for task in ran.json["tasks"]]


def test_nothing_is_stale_at_first(changing: Project) -> None:
    ran = changing.spine("refresh")
    assert (ran.status, ran.out, ran.err) == (0, "", "nothing is stale\n")


def test_a_restated_file_is_refreshed_with_what_was_made_of_it(changing: Project) -> None:
    add_line(changing)
    shown = changing.spine("refresh", "--dry-run")
    assert shown.out.splitlines()[1:] == [
        f"2025-W50   INGEST     finra.otc/weekly  stale: file {FILE} changed since",
        "2025-W50   AGGREGATE  finra.otc/weekly  behind: INGEST 2025-W50 is made again",
    ]
    assert shown.err == "2 would be made; without --dry-run they are\n"

    ran = changing.spine("refresh", "finra.otc", "--format", "json")
    assert ran.status == 0, ran.err
    assert [(task["stage"], task["status"], task["row_count"]) for task in ran.json["tasks"]] == [
        ("INGEST", "COMPLETE", 27),
        ("AGGREGATE", "COMPLETE", 12),
    ]
    assert ran.err == "2 made\n"
    assert tasks(changing) == []


def test_a_changed_definition_is_told_by_run_and_made_again_by_refresh(changing: Project) -> None:
    change_sql(changing)
    plain = changing.spine("run", "finra.otc/weekly", "-p", "2025-W50", "--format", "json").json
    [aggregate] = [step for step in plain["steps"] if step["name"] == "AGGREGATE"]
    assert aggregate["status"] == "SKIPPED"
    assert aggregate["reason"].startswith("stale: its definition changed (sql); kept, as it may have been")

    assert tasks(changing, "--because", "file") == []
    assert tasks(changing, "finra.otc/weekly", "-p", "2025-W50") == [("2025-W50", "AGGREGATE")]
    assert tasks(changing, "--from", "2025-W51", "--to", "2025-W52") == [("2025-W51", "AGGREGATE")]
    restated = changing.spine("run", "finra.otc/weekly", "-p", "2025-W50", "--restate")
    assert "stale: its definition changed (sql)" in restated.out
    assert tasks(changing) == [("2025-W51", "AGGREGATE")]
    assert changing.spine("refresh", "--because", "definition").status == 0
    assert tasks(changing) == []


def test_rows_that_mix_two_definitions_are_told(changing: Project) -> None:
    days = [f"market=NYSE/date=2025-12-{day}" for day in DAYS]
    for day in days:
        assert changing.spine("run", "prices.daily/daily", "-p", day).status == 0
    file = changing.folder.parent / "generated" / "prices_daily" / "pipelines" / "load.py"
    file.write_text(file.read_text(encoding="utf-8").replace("close <= 0", "close < 0"), encoding="utf-8")

    ran = changing.spine("refresh", "prices.daily", "-p", days[-1])
    [returns] = [line for line in ran.out.splitlines() if line.split()[1] == "RETURNS"]
    assert "COMPLETE" in returns
    assert "mixes definitions: LOAD" in returns


def test_a_change_that_alters_nothing_is_accepted(changing: Project) -> None:
    change_sql(changing)
    ran = changing.spine("accept", "finra.otc", "AGGREGATE", "--reason", "mpid is never repeated")
    assert ran.status == 0, ran.err
    stage, captures, definition, *change, accepted = ran.out.splitlines()[1].split()
    assert (stage, captures, " ".join(change), accepted) == (
        "AGGREGATE",
        "2",
        "its definition changed (sql)",
        "yes",
    )
    assert tasks(changing) == []
    wrong = changing.spine("accept", "finra.otc", "--reason", "none", "--definition", definition)
    assert wrong.status == 2
    assert f"by a definition '{definition}' that is not accepted yet" in wrong.err
    again = changing.spine("accept", "finra.otc", "--reason", "the same")
    assert (again.out, again.status) == ("", 0)
    assert "there is no change to accept" in again.err


def test_upstream_is_made_first_where_a_run_asks_for_it(changing: Project) -> None:
    add_line(changing)
    ran = changing.spine("run", "finra.otc/aggregate", "-p", "2025-W50")
    assert "SKIPPED" in ran.out
    ran = changing.spine("run", "finra.otc/aggregate", "-p", "2025-W50", "--upstream")
    assert ran.status == 0, ran.err
    assert "1 made" in ran.err
    assert "stale: INGEST 2025-W50 was restated since" in ran.out


def test_a_run_does_not_go_on_over_an_ancestor_that_failed(changing: Project) -> None:
    (changing.folder.parent / FILE).write_text("nothing\n", encoding="utf-8")
    ran = changing.spine("run", "finra.otc/aggregate", "-p", "2025-W50", "--upstream")
    assert (ran.status, ran.out) == (1, "")
    assert "error: INGEST 2025-W50 failed: " in ran.err
    assert (
        "error: finra.otc/aggregate was not run: one of the stages that it is made from could not" in ran.err
    )
    ran = changing.spine("run", "finra.otc/weekly", "-p", "2025-W50", "--upstream", "--format", "json")
    assert (ran.status, ran.out) == (1, "")


def test_what_cannot_be_made_here_is_told(changing: Project) -> None:
    change_sql(changing)
    domain = changing.folder.parent / "generated" / "finra_otc" / "domain.py"
    text = domain.read_text(encoding="utf-8")
    assert '"2025-W01"' in text
    domain.write_text(text.replace('"2025-W01"', '"2025-W51"'), encoding="utf-8")
    shown = changing.spine("refresh", "--dry-run", "--format", "json")
    assert [task["partition_key"] for task in shown.json["tasks"]] == ["2025-W51"]
    assert [one["partition_key"] for one in shown.json["unmade"]] == ["2025-W50"]
    ran = changing.spine("refresh")
    assert ran.status == 0
    assert (
        "warning: cannot be made: finra.otc AGGREGATE 2025-W50 (stale: its definition changed (sql)): "
        "partition key '2025-W50': week '2025-W50' is before the first partition, '2025-W51'\n"
    ) in ran.err
    assert changing.spine("refresh").err.endswith("nothing else is stale\n")


def test_a_refresh_that_fails_says_so_and_exits_1(changing: Project) -> None:
    (changing.folder.parent / FILE).write_text("nothing\n", encoding="utf-8")
    ran = changing.spine("refresh")
    assert ran.status == 1
    assert "error: INGEST 2025-W50 failed: " in ran.err
    assert "1 failed, 1 blocked" in ran.err
    assert "BLOCKED" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("refresh", "finra.otx"), "there is no domain or workflow 'finra.otx'; did you mean finra.otc"),
        (("refresh", "--because", "weather"), "weather"),
        (("refresh", "-p", "2025-W99"), "'2025-W99' does not exist: "),
        (("refresh", "finra.otc", "-p", "2024-W52"), "'2024-W52' is before the first partition, '2025-W01'"),
        (("refresh", "finra.otc", "--from", "2025-W9"), "week '2025-W9' is not of the form YYYY-Www"),
        (("refresh", "finra.otc/weekly", "--to", "W47"), "as in '2025-W51'"),
        (("refresh", "finra.otc", "--from", "2025-W51", "--to", "2025-W99"), "'2025-W99' does not exist: "),
        (("accept", "finra.otc", "SUM", "--reason", "x"), "finra.otc has no stage 'SUM': its stages are"),
        (("accept", "finra.otc/weekly", "--reason", "x"), "is a workflow: name its domain"),
        (("accept", "finra.otc"), "--reason"),
        (("run", "finra.otc/weekly", "-p", "2025-W50", "--force", "--keep-stale"), "contradict each other"),
    ],
)
def test_misuse_is_refused(project: Project, arguments: tuple[str, ...], said: str) -> None:
    ran = project.spine(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize(
    "command",
    [
        ("refresh", "--dry-run", "-p"),
        ("refresh", "finra.otc", "--dry-run", "--from"),
        ("refresh", "finra.otc/weekly", "--dry-run", "--to"),
        ("status", "-p"),
        ("status", "finra.otc", "--from"),
        ("status", "finra.otc", "--to"),
        ("status", "finra.otc", "--before"),
        ("status", "finra.otc", "--missing", "-p"),
        ("status", "finra.otc", "--missing", "--from"),
        ("captures", "-p"),
        ("anomalies", "finra.otc", "-p"),
    ],
    ids=" ".join,
)
def test_a_key_may_be_given_with_the_name_of_its_one_dimension(
    changing: Project, command: tuple[str, ...]
) -> None:
    add_line(changing)
    for key in WEEKS:
        assert changing.spine(*command, f"week={key}") == changing.spine(*command, key)
