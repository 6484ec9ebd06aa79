"""The plan of a build: a spec becomes a list of files with what each may say, before any text exists."""
