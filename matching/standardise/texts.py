"""Texts of any language for models of other files: Latin names, plain text, digit strings, coordinates."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import polars as pl

from matching.hashing import hash_strings

WORDS = 4
"""Words of a text that can be blocked on one by one."""
_NOT_WORD = re.compile(r"[^\w]+")
_SOFT = str.maketrans({"b": "p", "f": "p", "v": "p", "c": "k", "g": "k", "j": "k", "q": "k", "x": "k", "s": "k", "z": "k", "d": "t", "m": "n", "r": "l"})


def _plain(value: str | None) -> str:
    """Lower case, no accents, words separated by one space."""
    if not value:
        return ""
    text = unicodedata.normalize("NFKD", value)
    return _NOT_WORD.sub(" ", "".join(c for c in text if not unicodedata.combining(c)).lower().replace("_", " ")).strip()


def skeleton(word: str) -> str:
    """Reduce a word to what survives misspelling: first letter, then consonant classes without repeats or vowels."""
    folded = word.replace("ph", "f").replace("gh", "").replace("ck", "k").translate(_SOFT)
    kept = [c for i, c in enumerate(folded) if (i == 0 or c != folded[i - 1]) and c not in "aeiouyhw "]
    return (word[:1] + "".join(kept[1:] if folded[:1] in kept[:1] else kept)) if word else ""


def text(values: pl.Series, seed: int) -> dict[str, np.ndarray | pl.Series]:
    """Encode unique texts: whole, sorted (words in order of the alphabet), sound (of the first word), head (first four letters), text."""
    plain = [_plain(v) for v in values.to_list()]
    words = [p.split() for p in plain]
    telling = [_telling(w) for w in words]
    return {
        "whole": _hashes(plain, seed),
        "sorted": _hashes([" ".join(sorted(w)) for w in words], seed),
        "sound": _hashes([skeleton(w[0]) if w else "" for w in words], seed),
        "last_sound": _hashes([skeleton(w[-1]) if w else "" for w in words], seed),
        "first_word": _hashes([w[0] if w else "" for w in words], seed),
        "last_word": _hashes([w[-1] if w else "" for w in words], seed),
        "head": _hashes([p[:4] for p in plain], seed),
        **{f"word{n + 1}": _hashes([w[n] for w in telling], seed) for n in range(WORDS)},
        **{f"sound{n + 1}": _hashes([skeleton(w[n]) for w in telling], seed) for n in range(WORDS)},
        "text": pl.Series([p or None for p in plain], dtype=pl.String),
    }


def _telling(words: list[str]) -> list[str]:
    """The longest distinct words, as many as are kept."""
    kept = sorted({word for word in words if len(word) > 2}, key=lambda word: (-len(word), word))[:WORDS]
    return kept + [""] * (WORDS - len(kept))


def person_name(values: pl.Series, seed: int) -> dict[str, np.ndarray | pl.Series]:
    """Encode unique Latin names as texts are."""
    return text(values, seed)


def digits(values: pl.Series, seed: int) -> dict[str, np.ndarray | pl.Series]:
    """Encode unique digit strings (postcodes, numbers of other countries): whole, head (first three), sorted digits, text."""
    plain = [re.sub(r"[^0-9a-z]", "", _plain(v)) for v in values.to_list()]
    return {
        "whole": _hashes(plain, seed),
        "head": _hashes([p[:3] for p in plain], seed),
        "tail": _hashes([p[-4:] if len(p) > 4 else "" for p in plain], seed),
        "sorted": _hashes(["".join(sorted(p)) for p in plain], seed),
        "text": pl.Series([p or None for p in plain], dtype=pl.String),
    }


def _hashes(values: list[str], seed: int) -> np.ndarray:
    return hash_strings(pl.Series(values, dtype=pl.String), seed)
