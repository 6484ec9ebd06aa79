"""Planned files become text: templates choose the layout, filters quote, ruff lays the Python out."""
