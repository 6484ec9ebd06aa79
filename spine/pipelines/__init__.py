"""Pipelines: the units of work that workflows refer to by name."""

from spine.pipelines.pipeline import Context, Pipeline
from spine.pipelines.registry import Registry, default_registry, register_pipeline

__all__ = ["Context", "Pipeline", "Registry", "default_registry", "register_pipeline"]
