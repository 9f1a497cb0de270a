"""`hub`: the same flow without Airflow, for an engineer at a terminal or a script.

Exit codes: 0 done · 1 failed · 2 a file, setting or argument must be mended · 3 stopped at the gate · 75 try later.
"""

from hub.cli.app import app, main

__all__ = ["app", "main"]
