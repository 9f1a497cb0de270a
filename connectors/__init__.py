"""Connectors: bytes in, raw rows out."""
