"""Other tools on the same files, each in a virtual environment of its own; see README.md for what each was given."""
