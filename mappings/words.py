"""Near misses: the word somebody meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def choose(word: str, known: Iterable[str]) -> str:
    """Say which known word is nearest, else name all of them."""
    listed = list(known)
    near = get_close_matches(word, listed, n=1, cutoff=0.6) or [known for known in listed if word and known.startswith(word)]
    return f"did you mean {near[0]}?" if near else f"choose one of {', '.join(listed)}"
