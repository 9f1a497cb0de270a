"""How each kind of database is read: a session is one read-only snapshot."""
