"""What PostgreSQL's SQL means, as functions that SQLite calls: see register.py."""
