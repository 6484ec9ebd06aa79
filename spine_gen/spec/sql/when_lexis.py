"""What `when` may be written with: what the table says of one row."""

from spine_gen.spec.sql.lexis import Lexis
from spine_gen.spec.sql.operations import table

SYNTAX, NOT_PORTABLE = "SG350", "SG351"
_ONE_ROW = "a check looks at one row: compute it as a column of a sql stage first"
_FUNCTIONS = table.functions(in_when=True)
WHEN_LEXIS = Lexis(
    signs=table.signs(in_when=True) | {"(", ")", ","},
    keywords=table.keywords(in_when=True) - {"EXISTS"} | {"FROM", "DISTINCT"},
    functions=_FUNCTIONS,
    advice={
        ".": "name the column alone: there is only one table",
        **dict.fromkeys(
            ("SELECT", "EXISTS", "OVER", "COUNT", "SUM", "AVG", "MIN", "MAX", "STRING_AGG"), _ONE_ROW
        ),
        **dict.fromkeys(sorted(table.functions() - _FUNCTIONS), _ONE_ROW),
        "ISNULL": "write IS NULL",
        "NOTNULL": "write IS NOT NULL",
        "IFNULL": "write COALESCE",
        "IF": "write CASE WHEN … THEN … ELSE … END",
        "IIF": "write CASE WHEN … THEN … ELSE … END",
        "INSTR": "write STRPOS",
        "XOR": "write it with AND, OR and NOT",
        **dict.fromkeys(
            ("GLOB", "REGEXP", "SIMILAR", "MATCH", "~", "!~", "~*", "!~*"),
            "write LIKE, or test it in a python stage",
        ),
        **dict.fromkeys(
            ("CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_TIME", "NOW"),
            "a rerun would find other rows: compare with a column of the row",
        ),
    },
    unlisted="compute it as a column of a sql or python stage",
    comments=False,
    refused_texts=frozenset({"now", "today", "tomorrow", "yesterday", "localtime"}),
    max_tokens=400,
    syntax_code=SYNTAX,
    refused_code=NOT_PORTABLE,
)
