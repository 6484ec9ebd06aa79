"""`spine-gen schema`: the JSON Schema of the spec language."""

from spine_gen.cli.failures import clear_failures


def show_schema() -> None:
    """Print the JSON Schema (draft-07) of the spec language, for editors and other tools."""
    with clear_failures():
        from spine_gen.cli.terminal import write_out
        from spine_gen.spec.json_schema import schema_text

        write_out(schema_text().rstrip("\n") + "\n")
