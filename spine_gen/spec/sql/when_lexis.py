"""What `when` may be written with: what can be said of one row, on every engine or on one database."""

from dataclasses import replace

from spine_gen.spec.sql.lexis import Lexis
from spine_gen.spec.sql.operations import table
from spine_gen.spec.sql.select_lexis import AGGREGATES, CLAUSES, MOVED_DAYS, SYMMETRIC, select_lexis

SYNTAX, NOT_PORTABLE = "SG350", "SG351"
_FUNCTIONS = table.functions(in_when=True)
_OF_ONE_DATABASE = (select_lexis("sqlite").functions ^ select_lexis("postgresql").functions) - select_lexis(
    None
).keywords
_OF_MANY_ROWS = table.of_many_rows() | AGGREGATES | {"LATERAL"}
_LOOKING = frozenset({"SELECT", "FROM", "WHERE", "EXISTS", "AS"})
_OF_CLAUSES_TOO = frozenset({"AS", "DISTINCT", "FROM"})  # CAST (… AS …), IS DISTINCT FROM
_ELSEWHERE = "compute it as a column of a sql stage; its checks may have a text for each database"
_OWN_TEXT = "the checks of a sql or python stage may have a text for each database"
_CASE = "write CASE WHEN … THEN … ELSE … END"
_ALWAYS = {
    ".": "name the column alone: there is only one table",
    **dict.fromkeys(
        sorted(_OF_MANY_ROWS),
        "a condition on one row has none: write it as `having`, which looks at all rows",
    ),
    "OVER": "a check looks at one row: compute it as a column of a sql stage first",
    **dict.fromkeys(("SELECT", "EXISTS"), "declare the stage that it looks into as one of the `inputs`"),
    "WHERE": "write only what stands behind it",
    **dict.fromkeys(
        ("CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_TIME", "NOW", "GETDATE", "SYSDATE"),
        "a rerun would find other rows: compare with a column of the row",
    ),
}
_OF_ALL = Lexis(
    signs=table.signs(in_when=True) | {"(", ")", ","},
    keywords=table.keywords(in_when=True) - {"EXISTS"} | _OF_CLAUSES_TOO,
    functions=_FUNCTIONS,
    advice={
        **dict.fromkeys(sorted(_OF_ONE_DATABASE), _OWN_TEXT),
        **dict.fromkeys(sorted(table.functions() - _FUNCTIONS), _ELSEWHERE),
        **MOVED_DAYS,
        "SYMMETRIC": SYMMETRIC,
        "^": _ELSEWHERE,  # POWER, which is not for `when`
        "ISNULL": "write IS NULL",
        "NOTNULL": "write IS NOT NULL",
        "IFNULL": "write COALESCE",
        "NVL": "write COALESCE",
        "LEN": "write LENGTH",
        "IF": _CASE,
        "IIF": _CASE,
        "INSTR": "write STRPOS",
        "XOR": "write it with AND, OR and NOT",
        **dict.fromkeys(
            ("GLOB", "REGEXP", "SIMILAR", "MATCH", "~", "!~", "~*", "!~*"),
            f"write LIKE; {_OWN_TEXT}",
        ),
    }
    | _ALWAYS,
    unlisted="compute it as a column of a sql or python stage",
    comments=False,
    max_tokens=400,
    syntax_code=SYNTAX,
    refused_code=NOT_PORTABLE,
)


def when_lexis(dialect: str | None, *, looking: bool = False) -> Lexis:
    """For a text of one database, or (None) for one that every engine must answer alike.

    One that is `looking` into other stages may have inner SELECTs.
    """
    lexis = _of_one(dialect)
    if not looking:
        return lexis
    return replace(
        lexis,
        signs=lexis.signs | {"."},
        keywords=lexis.keywords | _LOOKING,
        advice={word: advice for word, advice in lexis.advice.items() if word not in {".", *_LOOKING}},
    )


def _of_one(dialect: str | None) -> Lexis:
    if dialect is None:
        return _OF_ALL
    own = select_lexis(dialect)
    return replace(
        _OF_ALL,
        signs=own.signs - {"."},
        keywords=own.keywords - CLAUSES - _OF_MANY_ROWS | _OF_CLAUSES_TOO,
        functions=own.functions - _OF_MANY_ROWS,
        advice=own.advice | _ALWAYS,
    )
