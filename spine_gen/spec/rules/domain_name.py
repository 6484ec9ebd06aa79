"""The domain's package can be imported beside everything else.

What: the package that a domain becomes (`finra.otc` → `finra_otc`) must not be called like a module of
Python, of spine, of a library that pipelines run on or that logic often imports, nor be a Python keyword.
Why: `import json` would find the generated package instead, in every program that runs it.

Bad:

    domain: json

Good:

    domain: sec.json_filings
"""

import keyword
import sys
from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG301", "a domain name that cannot be a package", explanation=__doc__)
_TAKEN = """
spine spine_gen core generated tests conftest setup alembic duckdb jinja2 jsonschema jsonschema_rs psycopg
pydantic rich ruamel ruff sqlalchemy sqlglot typer uuid_utils yaml
"""
# What logic, tests and engines import most often: a package of such a name would be imported in its place.
_COMMON = """
airflow arrow attr attrs boto3 botocore celery click coverage cryptography dagster dask dateutil dbt
distributed django fastapi flask fsspec google httpx hypothesis ibis joblib kafka lxml luigi matplotlib moto
mypy numba numpy openlineage openpyxl orjson packaging pandas pandera pip pluggy polars prefect pyarrow
pymongo pyspark pytest pytz ray redis requests s3fs scipy seaborn setuptools six sklearn snowflake
statsmodels torch tqdm tzdata urllib3 wheel xarray xlsxwriter
"""


def check(draft: Draft) -> Iterator[Diagnostic]:
    if draft.domain is None:
        return
    package = draft.domain.value.replace(".", "_")
    if keyword.iskeyword(package) or keyword.issoftkeyword(package):
        what = "is a word of Python's"
    elif package in sys.stdlib_module_names:
        what = "is a module of Python's standard library"
    elif package in _TAKEN.split():
        what = "is taken by what generated code stands on"
    elif package in _COMMON.split():
        what = "is a library that logic may import"
    else:
        return
    yield draft.finding(
        CODE,
        draft.domain.span,
        f'the domain "{draft.domain.value}" cannot be a package: "{package}" {what}',
        help="choose another name, such as one with the data's publisher in front",
    )
