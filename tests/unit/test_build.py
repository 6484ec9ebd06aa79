"""A build's plan and what it does to the disk: hand edits, stages that leave, links, locks, checkouts."""

import json
import re
from pathlib import Path

import pytest

from spine_gen.generate import BuildPlan, PackagePlan, generate, write_build
from spine_gen.output.compare import Change, Status
from spine_gen.permits import EVERY, NONE

SPEC = """\
spine: 1
domain: shop.orders
description: Orders.
partitions:
  day: {type: date, start: 2025-01-01}
tiers: [BRONZE, GOLD]
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: "data/{day}.csv"}
    table:
      name: shop_order
      key: [id]
      columns:
        id: {type: integer}
  SCORE:
    tier: GOLD
    inputs: [LOAD]
    python: score
    table:
      name: shop_score
      key: [id]
      columns:
        id: {type: integer}
workflows:
  daily:
    steps:
      - {stage: LOAD}
      - {stage: SCORE}
"""
WITHOUT_SCORE = SPEC[: SPEC.index("  SCORE:")] + "workflows:\n  daily:\n    steps:\n      - {stage: LOAD}\n"
COUNT = """\
  COUNT:
    tier: GOLD
    inputs: [LOAD]
    sql: SELECT COUNT(*) AS orders FROM LOAD
    table:
      name: shop_count
      key: []
      columns:
        orders: {type: integer}
"""


class Project:
    """A folder with one spec and the packages built from it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.generated = root / "generated"
        self.package = self.generated / "shop_orders"
        self.spec = root / "specs" / "orders.yaml"
        self.spec.parent.mkdir(parents=True)

    def plan(self, spec: str = SPEC, *, force: bool = False) -> BuildPlan:
        self.spec.write_text(spec, encoding="utf-8")
        return generate([self.spec], self.generated, project=self.root, permits=EVERY if force else NONE)

    def build(self, spec: str = SPEC, *, force: bool = False) -> PackagePlan:
        plan = self.plan(spec, force=force)
        assert not plan.blocked, plan.diagnostics
        write_build(plan)
        return plan.packages[0]

    def tree(self) -> dict[str, bytes]:
        files = (path for path in self.generated.rglob("*") if path.is_file())
        return {path.relative_to(self.generated).as_posix(): path.read_bytes() for path in files}

    def times(self) -> dict[str, int]:
        return {path: (self.generated / path).stat().st_mtime_ns for path in self.tree()}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def codes(plan: BuildPlan) -> list[str]:
    return [diagnostic.code for diagnostic in plan.diagnostics]


def change(plan: BuildPlan | PackagePlan, path: str) -> Change:
    package = plan.packages[0] if isinstance(plan, BuildPlan) else plan
    (found,) = (change for change in package.changes if change.path == path)
    return found


def test_a_plan_changes_nothing(project: Project) -> None:
    plan = project.plan()
    assert plan.writes
    assert not plan.up_to_date
    assert not project.generated.exists()


def test_a_second_build_writes_nothing(project: Project) -> None:
    project.build()
    before = project.times()
    plan = project.plan()
    assert plan.up_to_date
    assert plan.diff() == ""
    write_build(plan)
    assert project.times() == before


def test_the_bytes_are_the_same_wherever_the_project_is(tmp_path: Path) -> None:
    here, there = Project(tmp_path / "here"), Project(tmp_path / "some" / "where else")
    here.build()
    there.build()
    assert here.tree() == there.tree()
    assert str(tmp_path).encode() not in b"".join(here.tree().values())


def test_a_spec_outside_the_project_is_named_without_its_folder(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    spec = tmp_path / "elsewhere.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    write_build(generate([spec], project.generated, project=project.root))
    assert "# Spec: elsewhere.yaml\n" in (project.package / "tables.py").read_text(encoding="utf-8")


def test_a_spec_that_a_link_leads_to_is_named_as_where_it_is(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.build()
    (tmp_path / "link").symlink_to(project.root)
    within = project.spec.relative_to(project.root)
    for root, spec in ((project.root, tmp_path / "link" / within), (tmp_path / "link", project.spec)):
        assert generate([spec], root / "generated", project=root).up_to_date


def test_files_are_utf_8_with_plain_line_breaks(project: Project) -> None:
    project.build(SPEC.replace("Orders.", "Größe 漢字"))
    for content in project.tree().values():
        text = content.decode("utf-8")
        assert "\r" not in text
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


def test_a_hand_edit_stops_the_build_and_is_shown(project: Project) -> None:
    project.build()
    edited = project.package / "tables.py"
    edited.write_text(edited.read_text(encoding="utf-8") + "MINE = 1\n", encoding="utf-8")
    before = project.tree()
    plan = project.plan(SPEC.replace("workflows:", COUNT + "workflows:"))
    assert codes(plan) == ["SG501"]
    assert "--force" in (plan.diagnostics[0].help or "")
    assert "-MINE = 1\n" in plan.packages[0].stopping[0].diff()
    assert project.tree() == before


def test_force_gives_the_hand_edit_up(project: Project) -> None:
    project.build()
    clean = project.tree()
    (project.package / "tables.py").write_text("MINE = 1\n", encoding="utf-8")
    project.build(force=True)
    assert project.tree() == clean


def test_a_hand_edit_that_is_what_the_build_would_write_is_fine(project: Project) -> None:
    changed = SPEC.replace("Orders.", "All orders.")
    other = Project(project.root / "other")
    other.build(changed)
    project.build()
    domain = project.package / "domain.py"
    domain.write_bytes((other.package / "domain.py").read_bytes())
    package = project.build(changed)
    assert change(package, "domain.py").status is Status.IDENTICAL


def test_a_file_that_no_lock_knows_is_not_overwritten(project: Project) -> None:
    project.package.mkdir(parents=True)
    (project.package / "tables.py").write_text("MINE = 1\n", encoding="utf-8")
    plan = project.plan()
    assert codes(plan) == ["SG502"]
    assert change(plan, "tables.py").status is Status.FOREIGN


def test_what_is_yours_is_never_touched(project: Project) -> None:
    project.build()
    stub = project.package / "logic" / "score.py"
    stub.write_text("MINE = 1\n", encoding="utf-8")
    package = project.build(SPEC.replace("Orders.", "All orders."), force=True)
    assert change(package, "logic/score.py").status is Status.KEPT
    assert stub.read_text(encoding="utf-8") == "MINE = 1\n"


def test_a_stage_that_leaves_takes_its_files_along_and_leaves_your_logic(project: Project) -> None:
    project.build()
    assert codes(project.plan(WITHOUT_SCORE)) == ["SG601"]
    package = project.build(WITHOUT_SCORE, force=True)
    assert change(package, "pipelines/score.py").status is Status.REMOVE
    assert change(package, "logic/__init__.py").status is Status.REMOVE
    assert change(package, "logic/score.py").status is Status.LEFT
    assert not (project.package / "pipelines" / "score.py").exists()
    assert (project.package / "logic" / "score.py").exists()
    again = project.plan(WITHOUT_SCORE)
    assert again.up_to_date
    assert change(again, "logic/score.py").status is Status.LEFT


RENAMED = SPEC.replace("domain: shop.orders\n", "domain: shop.sales\nrenamed_from: shop.orders\n")


def test_a_renamed_domain_takes_its_package_along_with_what_people_wrote(project: Project) -> None:
    project.build()
    theirs = {"logic/score.py": b"# mine \xc3\xa9\r\n", "logic/help/er.py": b"", "NOTES.txt": b"\xff\x00"}
    theirs["migrations/README.md"] = b"# Ours\n"
    for path, content in theirs.items():
        file = project.package / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    history = {file.name: file.read_bytes() for file in (project.package / "migrations").iterdir()}
    package = project.build(RENAMED)
    moved = project.generated / "shop_sales"
    assert not project.package.exists()
    assert {path: (moved / path).read_bytes() for path in theirs} == theirs
    after = {file.name: file.read_bytes() for file in (moved / "migrations").iterdir()}
    assert history.items() < after.items()
    assert change(package, "NOTES.txt").status is Status.MOVE
    assert [item.path for item in package.changes].count("spine.lock.json") == 1
    again = project.plan(RENAMED)
    assert again.up_to_date, again.diagnostics
    assert project.plan(RENAMED.replace("renamed_from: shop.orders\n", "")).up_to_date


def test_a_package_moves_over_nobody_s_files(project: Project) -> None:
    project.build()
    theirs = project.generated / "shop_sales" / "logic" / "score.py"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    plan = project.plan(RENAMED)
    assert codes(plan) == ["SG505"]
    assert "shop_sales/logic/score.py is where shop_orders moves to" in plan.diagnostics[0].headline
    assert theirs.read_text() == "mine"


def test_an_edit_in_a_package_that_moves_stops_the_build(project: Project) -> None:
    project.build()
    (project.package / "tables.py").write_text("# mine")
    assert codes(project.plan(RENAMED)) == ["SG501"]
    assert (project.package / "tables.py").read_text() == "# mine"


def test_a_package_that_both_domains_would_have_is_one_domain_s(project: Project) -> None:
    project.build()
    other = SPEC.replace("shop.orders", "shop_orders")
    plan = project.plan(other)
    assert codes(plan) == ["SG508"]
    assert "renamed_from: shop.orders" in (plan.diagnostics[0].help or "")
    project.build(other.replace("domain: shop_orders\n", "domain: shop_orders\nrenamed_from: shop.orders\n"))


def test_an_edited_file_of_a_stage_that_leaves_stops_the_build(project: Project) -> None:
    project.build()
    (project.package / "pipelines" / "score.py").write_text("MINE = 1\n", encoding="utf-8")
    plan = project.plan(WITHOUT_SCORE)
    assert "SG501" in codes(plan)
    assert (project.package / "pipelines" / "score.py").exists()


def test_folders_that_become_empty_go(project: Project) -> None:
    project.build()
    project.build(SPEC[: SPEC.index("workflows:")])
    assert not (project.package / "workflows").exists()


def test_adding_a_stage_touches_its_files_and_the_lists_of_stages(project: Project) -> None:
    project.build()
    added = SPEC.replace("workflows:", COUNT + "workflows:") + "      - {stage: COUNT}\n"
    plan = project.plan(added)
    changed = {change.path: change.status for _, change in plan.writes}
    assert changed == {
        "README.md": Status.UPDATE,
        "migrations/0002_create_shop_count.py": Status.CREATE,
        "migrations/0002_create_shop_count.sql": Status.CREATE,
        "pipelines/__init__.py": Status.UPDATE,
        "pipelines/count.py": Status.CREATE,
        "rows.py": Status.UPDATE,
        "spine.lock.json": Status.UPDATE,
        "tables.py": Status.UPDATE,
        "workflows/daily.py": Status.UPDATE,
    }
    removed = [
        line for line in plan.diff().splitlines() if line.startswith("-") and not line.startswith("---")
    ]
    hashes = [line for line in removed if re.fullmatch(r'-    (  |"[\w./]+": )"[0-9a-f]{16,64}",?', line)]
    assert removed == hashes  # nothing but hashes in the lock is replaced


def test_a_checkout_with_windows_line_breaks_is_no_edit(project: Project) -> None:
    project.build()
    for path in project.package.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert project.plan().up_to_date
    changed = project.plan(SPEC.replace("Orders.", "All orders."))
    assert not changed.blocked
    assert change(changed, "domain.py").status is Status.UPDATE


@pytest.mark.parametrize("place", ["shop_orders", "shop_orders/pipelines", "shop_orders/tables.py"])
def test_a_symbolic_link_below_the_root_stops_the_build(project: Project, place: str) -> None:
    outside = project.root / "outside"
    (outside / "pipelines").mkdir(parents=True)
    (outside / "tables.py").write_text("", encoding="utf-8")
    link = project.generated / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside / place.partition("/")[2])
    plan = project.plan(force=True)
    assert set(codes(plan)) == {"SG505"}
    assert place in plan.diagnostics[0].headline


def test_the_root_itself_may_be_a_link(project: Project) -> None:
    (project.root / "elsewhere").mkdir()
    project.generated.symlink_to(project.root / "elsewhere")
    project.build()
    assert project.plan().up_to_date


def test_a_folder_in_the_place_of_a_file_stops_the_build(project: Project) -> None:
    (project.package / "tables.py").mkdir(parents=True)
    assert codes(project.plan()) == ["SG505"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"lock": 3}', '{"lock": 2}', '{"lock": 1}', "\n<<<<<<< ours\n{}\n", "\xff\xfe"],
)
def test_a_lock_that_is_none_is_one_finding(project: Project, text: str) -> None:
    project.build()
    (project.package / "spine.lock.json").write_text(text, encoding="latin-1")
    assert codes(project.plan()) == ["SG503"]


@pytest.mark.parametrize("path", ["../victim", "/etc/victim", "a/../../victim", "a//b", "./a", "a\\b", ""])
def test_a_lock_cannot_name_what_is_not_in_the_package(project: Project, path: str) -> None:
    project.build()
    lock = project.package / "spine.lock.json"
    plain = json.loads(lock.read_text(encoding="utf-8"))
    plain["files"][path] = "0" * 64
    lock.write_text(json.dumps(plain), encoding="utf-8")
    assert codes(project.plan(force=True)) == ["SG503"]


def test_a_lost_lock_with_migrations_is_one_finding(project: Project) -> None:
    project.build()
    (project.package / "spine.lock.json").unlink()
    assert codes(project.plan()) == ["SG504"]


def test_notes_beside_the_revisions_are_nobody_s_business(project: Project) -> None:
    project.build()
    for name in ("README.md", ".DS_Store"):
        (project.package / "migrations" / name).write_bytes(b"\x00 notes")
    assert project.plan().up_to_date
    (project.package / "migrations" / "0002_by_hand.py").write_bytes(b"revision = 'mine'\n")
    assert {*codes(project.plan())} == {"SG605"}


def test_a_new_version_alone_changes_no_lock(project: Project) -> None:
    project.build()
    lock = project.package / "spine.lock.json"
    text = lock.read_text(encoding="utf-8")
    plain = json.loads(text)
    older = text.replace(json.dumps(plain["generator"]), '"0.0.1"')
    assert older != text
    lock.write_text(older, encoding="utf-8")
    assert project.plan().up_to_date
    assert (
        change(project.build(SPEC.replace("Orders.", "All orders.")), "spine.lock.json").status
        is Status.UPDATE
    )
    assert json.loads(lock.read_text(encoding="utf-8"))["generator"] == plain["generator"]


def test_two_specs_for_one_package_write_nothing(project: Project) -> None:
    twin = project.spec.with_name("twin.yaml")
    twin.write_text(SPEC.replace("shop.orders", "shop_orders"), encoding="utf-8")
    project.spec.write_text(SPEC, encoding="utf-8")
    plan = generate([project.spec, twin], project.generated, project=project.root)
    assert "SG402" in codes(plan)
    assert plan.blocked


def test_the_order_of_the_specs_changes_nothing(tmp_path: Path) -> None:
    trees = []
    for reverse in (False, True):
        project = Project(tmp_path / str(reverse))
        other = project.spec.with_name("a.yaml")
        other.write_text(SPEC.replace("shop", "mall"), encoding="utf-8")
        project.spec.write_text(SPEC, encoding="utf-8")
        paths = sorted([project.spec, other], reverse=reverse)
        write_build(generate(paths, project.generated, project=project.root))
        trees.append(project.tree())
    assert trees[0] == trees[1]


def test_names_that_become_one_are_found(project: Project) -> None:
    columns = "        id: {type: integer}\n        class: {type: string}\n        class_: {type: string}\n"
    plan = project.plan(SPEC.replace("        id: {type: integer}\n", columns, 1))
    assert codes(plan) == ["SG401"]
    assert plan.diagnostics[0].labels


def test_a_dimension_named_like_a_keyword_is_found(project: Project) -> None:
    assert codes(project.plan(SPEC.replace("day", "from"))) == ["SG403"]


def test_the_mode_of_a_file_stays(project: Project) -> None:
    project.build()
    domain = project.package / "domain.py"
    domain.chmod(0o640)
    project.build(SPEC.replace("Orders.", "All orders."))
    assert domain.stat().st_mode & 0o777 == 0o640
    assert not [path for path in project.generated.iterdir() if path.name.startswith(".")]
