"""What people wrote in logic/, held against what is generated: read as text, never imported or run."""
