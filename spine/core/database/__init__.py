"""One database, however it was given: engines, transactions, statements, the core's schema."""
