"""SQL as tokens: layout, comments and the case of plain words do not count, and everything else does."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spine.core.database.backend import DialectName
from spine.core.sql_tokens import joined_tokens, sql_tokens

QUERY = """
SELECT symbol, -- what traded
       SUM(share_volume) AS "Total",  /* of /* all */ venues */
       'It''s -- no comment', E'a\\'b /* nor this */', $t$ nor 'that' $$ $t$
FROM   INGEST i
WHERE  i.x::text || $1 <= 1.5e-3 AND y<-1;
"""


def test_a_query_has_these_tokens() -> None:
    assert sql_tokens(QUERY) == (
        *("select", "symbol", ",", "sum", "(", "share_volume", ")", "as", '"Total"', ","),
        *("'It''s -- no comment'", ",", "E'a\\'b /* nor this */'", ",", "$t$ nor 'that' $$ $t$"),
        *("from", "ingest", "i", "where", "i", ".", "x", "::", "text", "||", "$", "1"),
        *("<=", "1.5e-3", "and", "y", "<", "-", "1"),
    )


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("SELECT a FROM T", "select\n\ta  from t ;;"),
        ("a-1", "a - 1"),
        ("a<-1", "a < -1"),
        ("a*-b", "a * - b"),
        ("count(*)", "COUNT ( * )"),
        ("a/**/+b", "a + b"),
        ("a --x\r\n, b", "a, b"),
        ("x'AB'||y", "x'AB' || y"),
        ("a::text", "a :: TEXT"),
        ("a.b", "A . B"),
        ("symbol IS NULL OR symbol = ''", "symbol is null or symbol=''"),
    ],
)
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_these_are_the_same(one: str, same: str, dialect: DialectName) -> None:
    assert joined_tokens(one, dialect) == joined_tokens(same, dialect)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("'A'", "'a'"),
        ('"A"', '"a"'),
        ('"a"', "a"),
        ("'a  b'", "'a b'"),
        ("1", "1.0"),
        ("1", "'1'"),
        ("a < b", "a <= b"),
        ("a - - 1", "a -- 1"),
        ("x'AB'", "x 'AB'"),
        ("Ä", "ä"),
        ("a @- b", "a @ - b"),
        ("select 1; select 2", "select 1 select 2"),
        ("'a''b'", "'a' 'b'"),
        ("ab", "a b"),
        ("'unclosed -- A", "'unclosed -- a"),
    ],
)
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_these_are_not(one: str, other: str, dialect: DialectName) -> None:
    assert joined_tokens(one, dialect) != joined_tokens(other, dialect)


def test_each_database_quotes_and_comments_in_its_own_way() -> None:
    assert sql_tokens("[My -- Col], `B``c`", "sqlite") == ("[My -- Col]", ",", "`B``c`")
    assert sql_tokens("ARRAY[ 1 ]", "postgresql") == ("array", "[", "1", "]")
    assert sql_tokens("a /* /* */ b", "sqlite") == ("a", "b")
    assert sql_tokens("a /* /* */ b", "postgresql") == ("a",)
    assert sql_tokens(r"E'\' -- A", "sqlite") == ("e", r"'\'")
    assert sql_tokens("a -- b\rC", "sqlite") == ("a",)
    assert sql_tokens("a -- b\rC", "postgresql") == ("a", "c")
    assert sql_tokens(r"e'\' -- '", "postgresql") == (r"e'\' -- '",)


def test_what_is_not_closed_is_kept_to_its_end() -> None:
    assert sql_tokens("a 'B -- c") == ("a", "'B -- c")
    assert sql_tokens("a $q$B") == ("a", "$q$B")
    assert sql_tokens("a /* b") == ("a",)


ALPHABET = string.ascii_letters[:4] + "AB19 \n'\"$-/*;.<=|@+`[]é\\"


@given(st.text(ALPHABET), st.sampled_from(["sqlite", "postgresql"]))
def test_the_text_stands_for_its_tokens(sql: str, dialect: DialectName) -> None:
    tokens = sql_tokens(sql, dialect)
    assert sql_tokens(" ".join(tokens), dialect) == tokens


@given(
    st.lists(st.sampled_from(["a", "B", "'x  Y'", '"Q"', "1.5", "<=", "(", ")", ",", "$$ A $$"])),
    st.lists(
        st.sampled_from([" ", "\n", "\t", " -- note\n", "/* note */ ", " /* a /* b */ c */ "]), min_size=1
    ),
)
def test_layout_and_comments_do_not_count(tokens: list[str], gaps: list[str]) -> None:
    laid_out = "".join(token + gaps[number % len(gaps)] for number, token in enumerate(tokens))
    assert joined_tokens(laid_out) == joined_tokens(" ".join(tokens))
