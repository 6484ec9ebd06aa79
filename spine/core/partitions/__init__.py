"""Partition keys: their dimensions, what makes one canonical, and paths made of them."""
