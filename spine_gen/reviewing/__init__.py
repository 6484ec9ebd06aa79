"""What a reviewer of a changed spec is told: its changes, the migration, and whose results become stale.

Apart from any database and any file; how many partitions are concerned is given from outside.
"""
