"""What `when` may be written with."""

from spine_gen.spec.sql.lexis import Lexis

SYNTAX, NOT_PORTABLE = "SG350", "SG351"
_LIKE = "databases differ on case there: compare with = or IN, or test it in a python stage"
_DATES = "compare a date with a text: `day < '2025-01-31'`"
CONDITION_LEXIS = Lexis(
    signs=frozenset({"=", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "(", ")", ","}),
    keywords=frozenset(
        {
            "AND",
            "OR",
            "NOT",
            "IS",
            "NULL",
            "IN",
            "BETWEEN",
            "TRUE",
            "FALSE",
            "CASE",
            "WHEN",
            "THEN",
            "ELSE",
            "END",
        }
    ),
    functions=frozenset({"ABS", "COALESCE", "NULLIF", "LENGTH"}),
    advice={
        "/": "databases differ on dividing integers: multiply instead, as in `a > 2 * b`",
        "%": "compute it as a column of a sql or python stage",
        "MOD": "compute it as a column of a sql or python stage",
        "||": "compare the parts one by one",
        ".": "name the column alone: there is only one table",
        "CAST": "compare with a value of the column's own type",
        "SELECT": "a check looks at one row: compute it as a column of a sql stage first",
        "EXISTS": "a check looks at one row: compute it as a column of a sql stage first",
        "INTERVAL": _DATES,
        "DATE": _DATES,
        "ISNULL": "write IS NULL",
        "NOTNULL": "write IS NOT NULL",
        "IFNULL": "write COALESCE",
        "IF": "write CASE WHEN … THEN … ELSE … END",
        "IIF": "write CASE WHEN … THEN … ELSE … END",
        "DISTINCT": "write `a <> b OR a IS NULL …` in full",
        "XOR": "write it with AND, OR and NOT",
        **dict.fromkeys(("LOWER", "UPPER"), "databases differ beyond ASCII: compare the values as they are"),
        **dict.fromkeys(("TRIM", "SUBSTR", "SUBSTRING"), "compute it as a column of a sql or python stage"),
        **dict.fromkeys(("LIKE", "ILIKE", "GLOB", "REGEXP", "SIMILAR", "MATCH"), _LIKE),
        **dict.fromkeys(
            ("CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_TIME", "NOW"),
            "a rerun would find other rows: compare with a column of the row",
        ),
    },
    comments=False,
    max_tokens=400,
    syntax_code=SYNTAX,
    refused_code=NOT_PORTABLE,
)
