"""Settings: where a project's places come from, and what is said about wrong ones."""

from pathlib import Path

import pytest

from spine.errors import SettingsError
from spine.settings import Settings, absolute_url, hide_password, load_settings


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPINE_DATABASE_URL", raising=False)
    monkeypatch.delenv("SPINE_DATA_ROOT", raising=False)
    monkeypatch.delenv("SPINE_LOCK_TIMEOUT", raising=False)


def project(folder: Path, table: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(table, encoding="utf-8")
    return folder


def test_without_a_project_everything_counts_from_the_start_folder(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings(
        root=tmp_path,
        specs=tmp_path / "specs",
        generated=tmp_path / "generated",
        database_url=f"sqlite:///{tmp_path}/spine.db",
        data_root=tmp_path,
    )


def test_the_nearest_table_upwards_is_the_projects(tmp_path: Path) -> None:
    outer = project(tmp_path, '[tool.spine]\nspecs = "outer"\n')
    inner = project(outer / "a", '[tool.spine]\nspecs = "inner"\ndata_root = "/data"\n')
    project(inner / "b", '[project]\nname = "no-table"\n')
    found = load_settings(inner / "b")
    assert (found.root, found.specs, found.data_root) == (inner, inner / "inner", Path("/data"))


def test_a_relative_sqlite_file_counts_from_the_project_in_the_file_and_from_here_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path / "project", '[tool.spine]\ndatabase_url = "sqlite:///db/x.db"\n')
    monkeypatch.chdir(tmp_path)
    assert load_settings(root).database_url == f"sqlite:///{root}/db/x.db"
    monkeypatch.setenv("SPINE_DATABASE_URL", "sqlite:///y.db")
    monkeypatch.setenv("SPINE_DATA_ROOT", "elsewhere")
    found = load_settings(root)
    assert found.database_url == f"sqlite:///{tmp_path}/y.db"
    assert found.data_root == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x.db?mode=ro&uri=true",
        "sqlite:////abs/x.db",
        "postgresql://u:p@h/x",
        "nonsense",
    ],
)
def test_other_urls_stay_as_they_are(url: str, tmp_path: Path) -> None:
    assert absolute_url(url, tmp_path) == url


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[tool.spine]\ndatabase = 'x'\n", "has no key 'database'; did you mean database_url?"),
        ("[tool.spine]\nzzz = 'x'\n", "the keys are specs, generated, database_url, data_root"),
        ("[tool.spine]\nspecs = 3\n", "specs is 3; write a string, such as 'specs'"),
        ("[tool.spine]\nspecs = ' '\n", "specs is empty"),
        ("[tool]\nspine = 'x'\n", "tool.spine is 'x'; write a table"),
        ("[tool.spine\n", "is not valid TOML"),
    ],
)
def test_a_wrong_table_is_told_with_its_file(table: str, said: str, tmp_path: Path) -> None:
    project(tmp_path, table)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)
    assert said in str(caught.value)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    project(tmp_path, "[tool.spine]\nspec = 'x'\ngenerated = []\n")
    with pytest.raises(SettingsError, match=r"did you mean specs.*generated is \[\]"):
        load_settings(tmp_path)


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.spine]\nspecs = '\xff'\n")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:secret@host/db", "postgresql://me:***@host/db"),
        (
            "postgresql+psycopg://me:se:cr@et@host:5/db?sslmode=require",
            "postgresql+psycopg://me:***@host:5/db?sslmode=require",
        ),
        ("postgresql://me:sec/ret@host/db", "postgresql://me:***@host/db"),
        ("postgresql:///db?user=me&password=secret", "postgresql:///db?user=me&password=***"),
        ("sqlite:///a@b.db", "sqlite:///a@b.db"),
    ],
)
def test_passwords_are_never_shown(url: str, shown: str) -> None:
    assert hide_password(url) == shown


def test_the_settings_own_text_has_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINE_DATABASE_URL", "postgresql://me:secret@host/db")
    assert "secret" not in repr(load_settings(tmp_path))


def test_how_long_and_how_often_a_migration_waits_for_locks(tmp_path: Path) -> None:
    assert load_settings(tmp_path).migrate_lock_timeout == 5
    table = '[tool.spine]\nmigrate_lock_timeout = "0.5"\nmigrate_lock_retries = "{}"\n'
    found = load_settings(project(tmp_path, table.format("7")))
    assert (found.migrate_lock_timeout, found.migrate_lock_retries) == (0.5, 7)
    for wrong in ("often", "-1", "1.5"):
        with pytest.raises(
            SettingsError, match=f"migrate_lock_retries is '{wrong}', which is no number of times"
        ):
            load_settings(project(tmp_path, table.format(wrong)))
    with pytest.raises(SettingsError, match="migrate_lock_timeout is 'long'"):
        load_settings(project(tmp_path, table.replace("0.5", "long").format("1")))


def test_how_long_locks_are_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(tmp_path, '[tool.spine]\nlock_timeout = "2.5"\n')
    assert load_settings(root).lock_timeout == 2.5
    monkeypatch.setenv("SPINE_LOCK_TIMEOUT", "0.1")
    assert load_settings(root).lock_timeout == 0.1
    for wrong in ("soon", "0", "-1", "nan", "inf"):
        monkeypatch.setenv("SPINE_LOCK_TIMEOUT", wrong)
        with pytest.raises(SettingsError, match=f"lock_timeout is '{wrong}', which is no number of seconds"):
            load_settings(root)
