"""Specs in their canonical layout: what they say and every comment stay, or the text is left as it is."""

from spine_gen.formatting.layout import Formatted, formatted

__all__ = ["Formatted", "formatted"]
