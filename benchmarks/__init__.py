"""Measurements, each a module to run by itself; what they found stands in `benchmarks/results/`, and the docs quote it from there."""
