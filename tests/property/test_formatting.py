"""`fmt` changes the layout and nothing else: the model and every comment with its neighbours stay."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spine_gen.formatting import formatted
from spine_gen.formatting.outline import meaning, outline
from spine_gen.spec.check import check_spec
from tests.benchmarks.bench_specs import spec_text

ROOT = Path(__file__).parent.parent.parent
FILES = sorted(
    [*ROOT.glob("specs/*.yaml"), *ROOT.glob("templates/**/*.yaml"), *ROOT.glob("tests/cases/*/*.yaml")]
)
FINRA = (ROOT / "specs/finra.yaml").read_text("utf-8")
relaxed = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def laid_out(content: bytes) -> bytes:
    """The canonical layout, after it was looked at from all sides."""
    result = formatted(content, "s.yaml")
    before, after = check_spec(content, "s.yaml"), check_spec(result.after, "s.yaml")
    assert after.spec == before.spec
    if before.document is None or after.document is None:
        assert result.problems and not result.changed
        return result.after
    if result.obstacle or result.problems:
        assert result.after == content
        return result.after
    assert meaning(after.document.root) == meaning(before.document.root)
    assert outline(after.document).beside() == outline(before.document).beside()
    assert [item.code for item in after.diagnostics] == [item.code for item in before.diagnostics]
    again = formatted(result.after, "s.yaml")
    assert again.after == result.after and again.obstacle is None
    return result.after


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(ROOT).as_posix() for path in FILES])
def test_every_spec_that_we_have(path: Path) -> None:
    content = path.read_bytes()
    laid_out(content)
    if check_spec(content, "s.yaml").spec is not None:
        assert formatted(content, "s.yaml").obstacle is None


@pytest.mark.parametrize("folder", ["specs", "templates/project/specs"])
def test_ours_are_laid_out(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.yaml"):
        assert not formatted(path.read_bytes(), "s.yaml").changed, path


@pytest.mark.parametrize("number", range(24))
def test_generated_specs(number: int) -> None:
    laid_out(spec_text(number).encode())


LINES = FINRA.splitlines()
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["comment", "beside", "blank", "blank", "deep comment", "spaces"]),
        st.integers(0, len(LINES) - 1),
        st.integers(0, 8),
    ),
    max_size=12,
)


@given(EDITS, st.sampled_from([1, 2, 3]), st.booleans())
@relaxed
def test_specs_as_people_leave_them(edits: list[tuple[str, int, int]], wide: int, windows: bool) -> None:
    """Comments and blank lines anywhere, other indents, uneven spaces."""
    lines = [" " * ((len(line) - len(line.lstrip())) * (wide - 1)) + line for line in LINES]
    for count, (kind, at, spaces) in enumerate(sorted(edits, key=lambda edit: -edit[1])):
        indentation = len(lines[at]) - len(lines[at].lstrip())
        match kind:
            case "comment":
                lines.insert(at, f"{' ' * indentation}# comment {count}: [x")
            case "deep comment":
                lines.insert(at, f"{' ' * spaces}# comment {count}")
            case "beside":
                lines[at] += f"{' ' * (spaces + 1)}# beside {count}"
            case "blank":
                lines[at:at] = [""] * (spaces // 3 + 1)
            case "spaces":
                lines[at] = lines[at].replace(": ", f":{' ' * (spaces + 1)}", 1)
    ending = "\r\n" if windows else "\n"
    laid_out((ending.join(lines) + ending).encode())
