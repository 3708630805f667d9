"""Finding what was said: full-text search over a room's messages, on SQLite and PostgreSQL alike."""
