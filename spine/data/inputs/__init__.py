"""Other stages' rows: declared, resolved to captures, streamed."""
