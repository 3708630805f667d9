"""What a persona is given to read. Pure: no database, no network."""
