"""Moving house: everything from SQLite to MongoDB."""
