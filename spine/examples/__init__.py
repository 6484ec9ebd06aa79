"""Examples of a spec as tests: each runs its stage in a database of its own, and tells what differs."""
