"""What the commands that look ask of a database: they only read, and never print."""
