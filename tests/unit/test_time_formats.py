"""How files write days and instants: what can be read, and what leaves something open."""

import re

import pytest

from spine.core.time_formats import read_time_format


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%d.%m.%Y", "31.12.2025"),
        ("%Y%m%d", "20251231"),
        ("%-d%b%y", "1Mar25"),
        ("%-m/%-d/%Y %I:%M:%S.%f %p", "1/2/2025 01:02:03.5 PM"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2025-01-02T03:04:05.123456+0100"),
        ("100%% %Y.%m.%d", "100% 2025.01.02"),
        ("%%-m%d %b %Y", "%-m02 Jan 2025"),
    ],
)
def test_one_that_can_be_read(form: str, text: str) -> None:
    assert re.fullmatch(read_time_format(form).pattern, text)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("%-d%-m%Y", "where the digits of %-d end is not told"),  # 1112025
        ("%-m%d%Y", "where the digits of %-m end is not told"),
        ("%Y%m%d%H.%f%M", "where the digits of %f end is not told"),
        ("%m.%Y", "it has no day"),
        ("%d.%m.%Y %y", "it has more than one year"),
        ("%d.%m.%Y %M", "a time needs one hour"),
        ("%d.%m.%Y %I", "%I and %p go together"),
        ("%d.%m.%Y %H %S %S", "%S is there twice"),
        ("%d.%m.%Y %", "'%' is none of"),
        ("%d.%m.%Y %q", "'%q' is none of"),
    ],
)
def test_one_that_cannot(form: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        read_time_format(form)
