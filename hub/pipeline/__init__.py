"""THE FLOW: extract → map_batch → gate → load, then resolve.

Each stage takes a `batch_id` (never rows), does nothing when the batch is already past it, and can be killed at any
moment: what it had half written is written again by the next run.
"""

from hub.pipeline.extract import due_intervals, extract
from hub.pipeline.flow import Outcome, run_batch, run_source
from hub.pipeline.gate import approve, gate, reject
from hub.pipeline.load import load
from hub.pipeline.map import map_batch
from hub.pipeline.repair import replay_quarantine
from hub.pipeline.replay import replay

__all__ = [
    "Outcome",
    "approve",
    "due_intervals",
    "extract",
    "gate",
    "load",
    "map_batch",
    "reject",
    "replay",
    "replay_quarantine",
    "run_batch",
    "run_source",
]
