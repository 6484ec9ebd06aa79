"""The runtime that generated code imports: pipelines, workflows, tracking, and the data path between them."""
