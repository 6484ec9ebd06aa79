"""What a `sql` stage may be written with, for one database or for both."""

# ruff: noqa: SIM905

from spine_gen.spec.sql.lexis import Lexis

SYNTAX, REFUSED = "SG360", "SG363"
_SIGNS = frozenset({"=", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||", "(", ")", ",", "."})
_KEYWORDS = frozenset(
    """
    SELECT DISTINCT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET WITH AS ON USING JOIN INNER LEFT RIGHT FULL
    OUTER CROSS UNION ALL EXCEPT INTERSECT AND OR NOT IS NULL IN BETWEEN EXISTS TRUE FALSE CASE WHEN THEN
    ELSE END CAST ASC DESC NULLS FIRST LAST OVER PARTITION ROWS RANGE GROUPS PRECEDING FOLLOWING UNBOUNDED
    CURRENT ROW FILTER WINDOW DOUBLE PRECISION BIGINT TEXT NUMERIC DECIMAL INTEGER BOOLEAN
    """.split()
)
_FUNCTIONS = frozenset(
    """
    COUNT SUM MIN MAX AVG ABS COALESCE NULLIF LENGTH LOWER UPPER TRIM LTRIM RTRIM REPLACE SUBSTR ROUND SIGN
    ROW_NUMBER RANK DENSE_RANK PERCENT_RANK CUME_DIST NTILE LAG LEAD FIRST_VALUE LAST_VALUE NTH_VALUE
    NUMERIC DECIMAL
    """.split()
)
_ONLY_SQLITE = frozenset(
    """
    IIF IFNULL INSTR TOTAL GROUP_CONCAT PRINTF FORMAT SUBSTRING DATE DATETIME STRFTIME JULIANDAY
    JSON_EXTRACT JSON_ARRAY_LENGTH
    """.split()
)
_ONLY_POSTGRESQL = frozenset(
    """
    GREATEST LEAST CEIL CEILING FLOOR POWER SQRT LN LOG EXP MOD TRUNC STDDEV STDDEV_POP STDDEV_SAMP VARIANCE
    VAR_POP VAR_SAMP CORR STRING_AGG ARRAY_AGG CONCAT CONCAT_WS LEFT RIGHT SPLIT_PART STRPOS POSITION
    SUBSTRING DATE_TRUNC DATE_PART EXTRACT TO_CHAR TO_DATE MAKE_DATE BOOL_AND
    BOOL_OR EVERY PERCENTILE_CONT PERCENTILE_DISC MODE
    REGEXP_REPLACE JSONB_ARRAY_LENGTH
    """.split()
)
_SAME_ANSWER = "a rerun would give other rows: take the value from a column"
_LIKE = "SQLite's LIKE ignores case and PostgreSQL's does not: give each database its own text under `sql:`"
_OWN_TEXT = "databases differ on dates: give each its own text under `sql:`"
_OWN_JSON = "databases differ on json: give each its own text under `sql:`"
_PART = "take it from the date's text: `SUBSTR(CAST(day AS TEXT), 1, 7)` is its month"
_ADVICE = {
    **dict.fromkeys(
        ("NOW", "RANDOM", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP",
         "GEN_RANDOM_UUID", "SETSEED", "TABLESAMPLE"),
        _SAME_ANSWER,
    ),
    **dict.fromkeys(
        ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "GRANT", "COPY", "PRAGMA", "ATTACH",
         "TRUNCATE", "MERGE", "VACUUM", "CALL", "DO", "SET", "INTO", "RETURNING", "FOR"),
        "write one SELECT: it only reads",
    ),
    **dict.fromkeys(("STRFTIME", "EXTRACT", "DATE_PART", "TO_CHAR", "YEAR", "MONTH", "DAY"), _PART),
    **dict.fromkeys(("JULIANDAY", "DATETIME", "DATE_ADD", "DATE_TRUNC", "DATEDIFF", "INTERVAL"), _OWN_TEXT),
    **dict.fromkeys(("DATE", "TIMESTAMP"), "compare a date with a text, as in `day >= '2025-01-31'`"),
    "VALUES": "write `SELECT … UNION ALL SELECT …`",
    "REAL": "write DOUBLE PRECISION",
    "QUALIFY": "rank in a WITH, and compare the rank in its WHERE",
    "ARRAY": "write a python stage",
    "ANY": "write IN or EXISTS",
    "SOME": "write IN or EXISTS",
    "RECURSIVE": "write a python stage: it may never end",
    "LATERAL": "write a plain join",
    "NATURAL": "name the columns: `JOIN … USING (…)`",
    "IFNULL": "write COALESCE",
    "IIF": "write CASE WHEN … THEN … ELSE … END",
    "IF": "write CASE WHEN … THEN … ELSE … END",
    "SUBSTRING": "write SUBSTR",
    "GREATEST": "write CASE WHEN … THEN … ELSE … END",
    "LEAST": "write CASE WHEN … THEN … ELSE … END",
}  # fmt: skip
_POSTGRESQL_DAYS = "write TO_CHAR(…), EXTRACT(…) or DATE_TRUNC(…)"
_OWN_LIKE = frozenset({"LIKE", "ESCAPE"})
_JSON_SIGNS = frozenset({"->", "->>"})


def select_lexis(dialect: str | None) -> Lexis:
    """For a text of one database, or (None) for one that both must understand alike."""
    functions = _FUNCTIONS
    keywords = _KEYWORDS
    signs = _SIGNS
    advice = dict(_ADVICE)
    if dialect is None:
        other = "only one database has it: give each its own text under `sql:`"
        advice = dict.fromkeys(_ONLY_SQLITE | _ONLY_POSTGRESQL, other) | advice | {"CONCAT": "write `a || b`"}
        advice |= dict.fromkeys(("LIKE", "ILIKE", "GLOB"), _LIKE) | {"::": "write CAST(… AS …)"}
        advice |= dict.fromkeys(_JSON_SIGNS | {"JSON_EXTRACT"}, _OWN_JSON)
        advice |= {"REAL": "write DOUBLE PRECISION", "INT": "write BIGINT", "VARCHAR": "write TEXT"}
    elif dialect == "sqlite":
        functions, keywords = functions | _ONLY_SQLITE, keywords | _OWN_LIKE | {"GLOB", "REAL"}
        signs = signs | _JSON_SIGNS
        advice |= dict.fromkeys(_ONLY_POSTGRESQL - _ONLY_SQLITE, "only PostgreSQL has it")
        advice |= dict.fromkeys(
            ("EXTRACT", "DATE_PART", "DATE_TRUNC", "TO_CHAR"), "write STRFTIME('%Y-%m', …)"
        )
        advice |= dict.fromkeys(("INTERVAL", "DATE_ADD"), "write DATE(…, '+1 day')")
        advice |= {"DATEDIFF": "write JULIANDAY(…) - JULIANDAY(…)", "~": "write GLOB"}
    else:
        functions = functions | _ONLY_POSTGRESQL
        keywords = (
            keywords
            | _OWN_LIKE
            | {"ILIKE", "INTERVAL", "WITHIN", "DATE", "TIMESTAMP", "VARCHAR", "INT", "AT"}
        )
        signs = signs | _JSON_SIGNS | {"::"}
        advice |= dict.fromkeys(_ONLY_SQLITE - _ONLY_POSTGRESQL, "only SQLite has it")
        advice |= dict.fromkeys(
            ("STRFTIME", "JULIANDAY", "DATETIME", "YEAR", "MONTH", "DAY"), _POSTGRESQL_DAYS
        )
        advice |= dict.fromkeys(
            ("DATE", "DATE_ADD", "DATEDIFF"), "write CAST(… AS DATE), and + or - on dates"
        )
        advice |= {"JSON_EXTRACT": "write `… ->> 'key'`", "~": "write LIKE or ILIKE"}
    advice = {name: text for name, text in advice.items() if name not in functions | keywords}
    return Lexis(
        signs=signs,
        keywords=keywords,
        functions=functions,
        advice=advice,
        comments=True,
        refused_texts=frozenset({"now", "today", "tomorrow", "yesterday", "localtime"}),
        max_tokens=3000,
        syntax_code=SYNTAX,
        refused_code=REFUSED,
    )
