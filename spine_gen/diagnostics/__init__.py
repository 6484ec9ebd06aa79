"""What is wrong with a spec, as data; and its renderings as text, JSON, GitHub annotations and SARIF."""

from spine_gen.diagnostics.advice import Advice
from spine_gen.diagnostics.codes import CODES, Code, explain
from spine_gen.diagnostics.diagnostic import Diagnostic, Label, Place
from spine_gen.diagnostics.suggest import did_you_mean, near_names

__all__ = [
    "CODES",
    "Advice",
    "Code",
    "Diagnostic",
    "Label",
    "Place",
    "did_you_mean",
    "explain",
    "near_names",
]
