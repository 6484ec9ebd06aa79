"""The stage's own table: its columns, what it refuses, and bulk writes into each database."""
