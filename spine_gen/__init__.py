"""The generator: from a domain spec in YAML to plain, tracked, reviewable Python."""
