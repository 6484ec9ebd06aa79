"""The same specs give the same bytes under another hash seed, locale, time zone and folder."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

SCRIPT = """
import sys
from pathlib import Path
from spine_gen.generate import generate, write_build
project = Path(sys.argv[1])
plan = generate(sorted(project.glob("*.yaml"), reverse=sys.argv[2] == "1"), project / "out", project=project)
assert not plan.blocked, plan.diagnostics
write_build(plan)
"""
CASES = Path(__file__).resolve().parent.parent / "cases"
NAMES = ("column_types", "dimensions_and_windows", "hostile_descriptions", "several_workflows")


def built(project: Path, reverse: bool, **environment: str) -> dict[str, str]:
    project.mkdir()
    for name in NAMES:
        (project / f"{name}.yaml").write_bytes((CASES / name / "spec.yaml").read_bytes())
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(project), str(int(reverse))],
        env={**os.environ, **environment},
        check=True,
    )
    files = (path for path in (project / "out").rglob("*") if path.is_file())
    return {path.relative_to(project).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_bytes_hang_on_the_specs_alone(tmp_path: Path) -> None:
    first = built(tmp_path / "a", False, PYTHONHASHSEED="1", LC_ALL="C", TZ="UTC", PYTHONUTF8="0")
    second = built(tmp_path / "b c", True, PYTHONHASHSEED="2", LC_ALL="C.UTF-8", TZ="Asia/Tokyo")
    assert len(first) > len(NAMES) * 10
    assert first == second
