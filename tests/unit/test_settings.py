"""Settings: where a project's places come from, and what is said about wrong ones."""

from pathlib import Path

import pytest

from spine.errors import SettingsError
from spine.remotes import FromEnvironment, Remote, plain, remote_of
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
        archive=tmp_path / ".archive",
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
        ("[tool.spine]\ndatabase = 'x'\n", "has no key 'database'; did you mean databases or"),
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


REMOTES = """
[tool.spine]
archive = "fetched"
[tool.spine.remotes."https://prices.example.com/v1"]
attempts = 2
stall_timeout = 5
length = "optional"
headers = {Authorization = {env = "PRICES_TOKEN"}, Accept = "text/csv"}
query = {apikey = {env = "PRICES_KEY"}}
[tool.spine.remotes."s3://market-data"]
endpoint_url = "http://127.0.0.1:9000"
key = {env = "S3_KEY"}
anon = false
client_kwargs = {region_name = "eu-central-1"}
[tool.spine.databases]
trades = {env = "TRADES_URL"}
desk = "sqlite:///desk.db"
"""


def test_remotes_and_databases_name_the_variables_that_have_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = load_settings(project(tmp_path, REMOTES))
    https, s3 = found.remotes
    assert found.archive == tmp_path / "fetched"
    assert (https.attempts, https.stall_timeout, https.length) == (2, 5.0, "optional")
    assert https.headers == {"Authorization": FromEnvironment("PRICES_TOKEN"), "Accept": "text/csv"}
    assert s3.options["client_kwargs"] == {"region_name": "eu-central-1"}
    assert found.databases == {
        "trades": FromEnvironment("TRADES_URL"),
        "desk": f"sqlite:///{tmp_path}/desk.db",
    }
    monkeypatch.setenv("S3_KEY", "abc")
    assert plain(s3.options)["key"] == "abc"
    assert "abc" not in repr(found)


@pytest.mark.parametrize(
    ("address", "attempts"),
    [
        ("s3://market-data/a", 1),
        ("s3://market-data", 1),
        ("s3://market-data-of-others/a", 4),
        ("s3://market-data/private/a", 2),
        ("https://market-data/a", 4),
    ],
)
def test_the_longest_prefix_that_ends_with_a_part_counts(address: str, attempts: int) -> None:
    remotes = (
        Remote(prefix="s3://market-data", attempts=1),
        Remote(prefix="s3://market-data/private/", attempts=2),
    )
    assert remote_of(address, remotes).attempts == attempts


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            '[tool.spine.remotes."s3://d"]\nsecret = "abc"',
            'secret is a secret.*write secret = {env = "SECRET"}',
        ),
        (
            '[tool.spine.remotes."s3://d"]\nclient_kwargs = {aws_session_token = "abc"}',
            "aws_session_token is a",
        ),
        ('[tool.spine.remotes."https://d"]\nheaders = {X-Api-Key = "abc"}', "X-Api-Key is a secret"),
        ('[tool.spine.remotes."https://d"]\nheaders = {Cookie = "abc"}', "Cookie is a secret"),
        ('[tool.spine.remotes."https://d"]\nquery = {token = "abc"}', "token is a secret"),
        (
            '[tool.spine.remotes."https://d"]\nheders = {a = "b"}',
            "heders is no setting.*did you mean headers",
        ),
        (
            '[tool.spine.remotes."https://d"]\nlength = "any"',
            'length is \'any\'; write "required" or "optional"',
        ),
        (
            '[tool.spine.remotes."https://d"]\nattempts = 0',
            "attempts is 0; write a number above 0, such as 4",
        ),
        ('[tool.spine.remotes."https://d"]\nattempts = 1.5', "attempts is 1.5; write a number above 0"),
        ('[tool.spine.remotes."https://d"]\nstall_timeout = "5"', "stall_timeout is '5'; write a number"),
        ('[tool.spine.remotes."https://d"]\nheaders = "a"', "headers is 'a'; write a table"),
        ('[tool.spine.remotes."https://me:abc@d"]', "is no beginning of a URL"),
        ("[tool.spine.remotes]\nmarket = {}", "is no beginning of a URL"),
        ('[tool.spine.remotes]\n"s3://d" = 1', "is 1; write a table of options"),
        ('[tool.spine.remotes."s3://d"]\nkey = {env = "A B"}', "key names no environment variable"),
        ('[tool.spine.remotes."s3://d"]\nkey = {env = 1}', "key names no environment variable"),
        ("[tool.spine]\nremotes = 1", "remotes is 1; write a table"),
        ('[tool.spine.databases]\nd = "postgresql://me:abc@h/d"', "d has a password in it.*D_URL"),
        ('[tool.spine.databases]\nd = "postgresql://h/d?password=abc"', "d has a password in it"),
        ('[tool.spine.databases]\nd = "here"', "d is no URL"),
        ('[tool.spine.databases]\n"a b" = "sqlite:///x"', "a b is no name"),
        ('[tool.spine]\ndatabase = "x"', "did you mean"),
    ],
)
def test_what_is_wrong_with_remotes_is_told_without_secrets(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as raised:
        load_settings(project(tmp_path, line))
    assert str(tmp_path / "pyproject.toml") in str(raised.value)
    assert "abc" not in str(raised.value).replace("me:abc@d", "")
