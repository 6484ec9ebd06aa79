"""A source's rows in DuckDB, between file and table, with values strictly converted."""
