"""What a `sql` stage may be written with, for one database or for both."""

# ruff: noqa: SIM905

from functools import cache

from spine_gen.spec.sql.lexis import Lexis
from spine_gen.spec.sql.operations import table

SYNTAX, REFUSED = "SG360", "SG363"
_SIGNS = table.signs() | {"(", ")", ",", "."}
CLAUSES = frozenset(
    """
    SELECT DISTINCT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET WITH AS ON USING JOIN INNER LEFT RIGHT FULL
    OUTER CROSS UNION ALL EXCEPT INTERSECT EXISTS VALUES ASC DESC NULLS FIRST LAST OVER PARTITION ROWS RANGE
    GROUPS PRECEDING FOLLOWING UNBOUNDED CURRENT ROW FILTER WINDOW
    """.split()
)
_KEYWORDS = CLAUSES | table.keywords()
_FUNCTIONS = table.functions()
# What both databases have of themselves, for a text that is for one of them.
_BOTH = frozenset(
    """
    COUNT SUM MIN MAX AVG ABS COALESCE NULLIF LENGTH LOWER UPPER TRIM LTRIM RTRIM REPLACE SUBSTR ROUND SIGN
    ROW_NUMBER RANK DENSE_RANK PERCENT_RANK CUME_DIST NTILE LAG LEAD FIRST_VALUE LAST_VALUE NTH_VALUE
    NUMERIC DECIMAL CONCAT CONCAT_WS STRING_AGG FLOOR CEIL CEILING POWER SQRT LN EXP MOD TRUNC
    """.split()
)
_OF_SQLITE = frozenset({"TOTAL", "GROUP_CONCAT"})
_OF_POSTGRESQL = frozenset({"CORR", "ARRAY_AGG", "EVERY", "PERCENTILE_DISC", "MODE"})
AGGREGATES = _OF_SQLITE | _OF_POSTGRESQL  # beside those of the table
_ONLY_SQLITE = _OF_SQLITE | frozenset(
    """
    IIF IFNULL INSTR PRINTF FORMAT SUBSTRING DATE DATETIME STRFTIME JULIANDAY
    JSON_EXTRACT JSON_ARRAY_LENGTH
    """.split()
)
_ONLY_POSTGRESQL = _OF_POSTGRESQL | frozenset(
    """
    TO_DATE MAKE_DATE REGEXP_REPLACE JSONB_ARRAY_LENGTH VARCHAR
    """.split()
)
_KEYWORDS_OF_BOTH = CLAUSES | frozenset(
    """
    AND OR NOT IS NULL IN BETWEEN TRUE FALSE CASE WHEN THEN ELSE END CAST DOUBLE PRECISION BIGINT TEXT NUMERIC
    DECIMAL INTEGER BOOLEAN LIKE ESCAPE
    """.split()
)
_SAME_ANSWER = "a rerun would give other rows: take the value from a column"
_OWN_JSON = "databases differ on json: give each its own text under `sql:`"
_PART = "write EXTRACT(YEAR FROM day), or TO_CHAR(day, 'YYYY-MM')"
_MOVED = "write `day + 3`, `day - other_day` or `day + INTERVAL '1 month'`"
MOVED_DAYS = dict.fromkeys(
    ("DATE_ADD", "DATEADD", "DATE_SUB", "DATEDIFF", "DATE_DIFF", "TIMESTAMPADD", "TIMESTAMPDIFF", "AGE"),
    _MOVED,
)
SYMMETRIC = "write the lower bound first: BETWEEN LEAST(…) AND GREATEST(…)"
_REGULAR = "write LIKE, or give each database its own text under `sql:`"
_ADVICE = {
    **dict.fromkeys(
        ("NOW", "RANDOM", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP",
         "GEN_RANDOM_UUID", "SETSEED", "TABLESAMPLE", "GETDATE", "SYSDATE"),
        _SAME_ANSWER,
    ),
    **dict.fromkeys(
        ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "GRANT", "COPY", "PRAGMA", "ATTACH",
         "TRUNCATE", "MERGE", "VACUUM", "CALL", "DO", "SET", "INTO", "RETURNING"),
        "write one SELECT: it only reads",
    ),
    **dict.fromkeys(("STRFTIME", "YEAR", "MONTH", "DAY"), _PART),
    **MOVED_DAYS,
    **dict.fromkeys(("JULIANDAY", "DATETIME"), _MOVED),
    **dict.fromkeys(("REGEXP_REPLACE", "REGEXP", "SIMILAR", "~", "!~", "~*", "!~*", "GLOB"), _REGULAR),
    "REAL": "write DOUBLE PRECISION",
    "SYMMETRIC": SYMMETRIC,
    "FETCH": "write LIMIT …",
    "TOP": "write ORDER BY … LIMIT … at the end",
    "QUALIFY": "rank in a WITH, and compare the rank in its WHERE",
    "ARRAY": "write a python stage",
    "ARRAY_AGG": "write STRING_AGG, or rank the rows with ROW_NUMBER in a WITH",
    "ANY": "write IN or EXISTS",
    "SOME": "write IN or EXISTS",
    "RECURSIVE": "write a python stage: it may never end",
    "GENERATE_SERIES": "write a python stage",
    "LATERAL": "write a plain join",
    "ROLLUP": "join the totals with UNION ALL",
    "CUBE": "join the totals with UNION ALL",
    "NATURAL": "name the columns: `JOIN … USING (…)`",
    "IFNULL": "write COALESCE",
    "NVL": "write COALESCE",
    "LEN": "write LENGTH",
    "IIF": "write CASE WHEN … THEN … ELSE … END",
    "IF": "write CASE WHEN … THEN … ELSE … END",
    "INSTR": "write STRPOS",
    "GROUP_CONCAT": "write STRING_AGG(text, ', ' ORDER BY …)",
    "EVERY": "write BOOL_AND",
    "TOTAL": "write COALESCE(SUM(…), 0)",
    "MEDIAN": "write PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY …)",
    "ANY_VALUE": "write MIN(…)",
    "MD5": "write a python stage",
    "AT": "timestamps are in UTC: add an INTERVAL, or give each database its own text under `sql:`",
    "TO_DATE": "declare the column as a date where it is loaded",
}  # fmt: skip
_POSTGRESQL_DAYS = "write TO_CHAR(…), EXTRACT(…) or DATE_TRUNC(…)"
_JSON_SIGNS = frozenset({"->", "->>"})


@cache
def select_lexis(dialect: str | None) -> Lexis:
    """For a text of one database, or (None) for one that both must understand alike."""
    advice = dict(_ADVICE)
    if dialect is None:
        functions, keywords, signs = _FUNCTIONS, _KEYWORDS, _SIGNS
        other = "only one database has it: give each its own text under `sql:`"
        advice = dict.fromkeys(_ONLY_SQLITE | _ONLY_POSTGRESQL, other) | advice
        advice |= dict.fromkeys(_JSON_SIGNS | {"JSON_EXTRACT"}, _OWN_JSON)
    elif dialect == "sqlite":
        functions, keywords = _BOTH | _ONLY_SQLITE, _KEYWORDS_OF_BOTH | {"GLOB", "REAL"}
        signs = _SIGNS - {"::"} | _JSON_SIGNS
        advice |= dict.fromkeys((_FUNCTIONS | _ONLY_POSTGRESQL) - functions, "only PostgreSQL has it")
        advice |= dict.fromkeys(
            ("EXTRACT", "DATE_PART", "DATE_TRUNC", "TO_CHAR"), "write STRFTIME('%Y-%m', …)"
        )
        advice |= dict.fromkeys(("INTERVAL", "DATE_ADD"), "write DATE(…, '+1 day')")
        advice |= {
            "DATEDIFF": "write JULIANDAY(…) - JULIANDAY(…)",
            "~": "write GLOB",
            "::": "write CAST(… AS …)",
        }
    else:
        functions, keywords = _FUNCTIONS | _ONLY_POSTGRESQL, _KEYWORDS | {"AT", "VARCHAR", "LATERAL"}
        signs = _SIGNS | _JSON_SIGNS | {"~", "!~", "~*", "!~*"}
        advice |= dict.fromkeys(_ONLY_SQLITE - functions, "only SQLite has it")
        advice |= dict.fromkeys(
            ("STRFTIME", "JULIANDAY", "DATETIME", "YEAR", "MONTH", "DAY"), _POSTGRESQL_DAYS
        )
        advice |= dict.fromkeys(("DATE_ADD", "DATEDIFF"), "write CAST(… AS DATE), and + or - on dates")
        advice |= {"JSON_EXTRACT": "write `… ->> 'key'`"}
    advice = {name: text for name, text in advice.items() if name not in functions | keywords}
    return Lexis(
        signs=signs,
        keywords=keywords,
        functions=functions,
        advice=advice,
        unlisted="give each database its own text under `sql:`, or write a python stage"
        if dialect is None
        else "write a python stage",
        comments=True,
        max_tokens=3000,
        syntax_code=SYNTAX,
        refused_code=REFUSED,
    )
