"""Text to located document: the first phase, and the only one that knows YAML."""

from spine_gen.source.document import Document, Entry, Mapping, Node, Scalar, Sequence
from spine_gen.source.position import Lines, Position, Span
from spine_gen.source.problems import Problem
from spine_gen.source.yaml_reader import ReadResult, read_document

__all__ = [
    "Document",
    "Entry",
    "Lines",
    "Mapping",
    "Node",
    "Position",
    "Problem",
    "ReadResult",
    "Scalar",
    "Sequence",
    "Span",
    "read_document",
]
