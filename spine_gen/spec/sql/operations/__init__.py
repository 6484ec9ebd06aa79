"""The one table of what SQL in a spec may do: see table.py."""
