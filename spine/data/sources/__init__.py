"""Source files: what is declared of them, and their readers, which stage records in DuckDB."""
