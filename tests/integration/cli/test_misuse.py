"""Mistakes at the command line and in the settings: one clear message, and nothing is done."""

import pytest

from tests.integration.cli.project import WEEK, Project


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "finra.otc/wekly", "--partition", WEEK], "did you mean finra.otc/weekly"),
        (["run", "finra.otc/weekly", "--partition", "2025-51"], "2025-51"),
        (["run", "finra.otc/weekly", "--partition", "2025-W53"], "2025-W53"),
        (["run", "finra.otc/weekly", "-p", WEEK, "-p", "2025-W50"], "run it once for each"),
        (["run", "prices.daily/daily", "-p", "market=NYSE"], "date missing"),
        (
            ["run", "prices.daily/daily", "-p", "market=NYSE", "-p", "market=NASDAQ"],
            "'market' is given twice",
        ),
        (["run", "prices.daily/daily", "-p", "market=NYSE", "-p", "day=2025-12-17"], "'day' is no dimension"),
        (["run", "prices.daily/daily", "-p", "NYSE", "-p", "2025-12-17"], "has no '='"),
        (["run", "finra.otc/weekly", WEEK], WEEK),
        (["run", "finra.otc/weekly", "--partition", "ALL"], "global"),
        (["run", "finra.otc/weekly", "--partition", ""], "partition"),
        (["run", "finra.otc/ingest", "--partition", "x"], "'x'"),
        (["run", "finra.otc/weekly"], "--partition"),
        (["run", "finra.otc/weekly", "--partition", WEEK, "--param", "x"], "--param"),
        (["run"], "WORKFLOW|PIPELINE"),
        (["runn"], "Did you mean 'run'?"),
        (["run", "finra.otc/weekly", "--partition", WEEK, "--format", "xml"], "xml"),
        (["run", "finra.otc/weekly", "--partition", WEEK, "--database-url", "nonsense"], "sqlite:///"),
        (["run", "finra.otc/weekly", "--partition", WEEK, "--database-url", "mysql://u:secret@h/d"], "mysql"),
        (["run", "finra.otc/weekly", "-p", WEEK, "--database-url", "sqlite://x.db"], "sqlite:///file.db"),
        (["status", "--database-url", "postgresql://u:secret@h:port/d"], "postgresql://u:***@h:port/d"),
        (["migrate", "--database-url", "postgresql://u:secret@h:port/d"], "is not well formed"),
        (["status", "--database-url", "sqlite:///file:no.db?uri=true"], "there is no database"),
    ],
)
def test_misuse_is_refused_and_leaves_nothing(project: Project, arguments: list[str], said: str) -> None:
    ran = project.spine(*arguments)
    ran.refused(said)
    assert "secret" not in ran.err
    assert sorted(file.name for file in project.folder.iterdir()) == ["pyproject.toml"]


def test_an_option_that_the_database_does_not_know_is_a_warning(project: Project) -> None:
    ran = project.spine("migrate", "--database-url", "sqlite:///x.db?nonsense=1", PYTHONWARNINGS="default")
    assert ran.status == 0, ran.err
    assert "warning: Query string argument(s) 'nonsense'" in ran.err
    assert ".py:" not in ran.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.spine\n", "is not valid TOML"),
        ("[tool.spine]\ngenrated = 'x'\n", "did you mean generated?"),
        ("[tool.spine]\ndatabase = 'x'\n", "did you mean databases or database_url?"),
        ("", "there is no folder of generated packages"),
    ],
)
def test_wrong_settings_are_told_with_their_file(project: Project, text: str, said: str) -> None:
    (project.folder / "pyproject.toml").write_text(text, encoding="utf-8")
    for command in (["run", "finra.otc/weekly", "-p", WEEK], ["migrate"]):
        project.spine(*command).refused(str(project.folder), said)
    assert not project.database.exists()
