"""The gate: Great Expectations suites as files decide which rows of a staged batch load, and whether it loads at all."""
