"""Texts become files: what is there is compared first, and then all of it is written or nothing."""
