"""The work of a stage by its kind: a source's, a SELECT's or some logic's rows on their way to the table."""
