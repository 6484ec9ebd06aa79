"""Calendars of partition dimensions: asked of the libraries that know them, and kept as they were written."""
