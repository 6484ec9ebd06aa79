"""SQL in a spec: `when` conditions and `sql` stages, read against lists of what is allowed and never run."""
