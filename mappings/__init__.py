"""Mappings: raw row -> canonical records; every leftover column accounted for."""
