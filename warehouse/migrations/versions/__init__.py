"""Migrations, one file a step; each runs the SQL file of its own name."""
