"""The tracking core: captures, anomalies, lineage and partitions, in one database."""
