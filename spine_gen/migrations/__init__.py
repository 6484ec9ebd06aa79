"""From two snapshots of a spec to the revision between them: its changes, their safety, its files."""
