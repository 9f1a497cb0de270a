"""The warehouse: PostgreSQL, its launcher, tables, migrations, loading and views."""
