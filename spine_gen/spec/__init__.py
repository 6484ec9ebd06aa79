"""The spec language: its shape, its meaning, and the typed model of a valid spec."""
