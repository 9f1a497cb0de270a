"""The columns of one part of raw rows: cleaned once each, then read by the vocabulary's functions, a column at a time.

Text work is done by vectorised expressions; Python functions see each different value once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa

from mappings.dates import Reading
from mappings.functions import CALLS, read_amount
from mappings.problems import Problem
from mappings.source import Key

_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\x{ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{feff}]"
"""Invisible characters without meaning in a value; private-use and rare characters are none of them."""
_FULL_WIDTH, _HALF_WIDTH = [chr(code) for code in range(0xFF01, 0xFF5F)], [chr(code) for code in range(0x21, 0x7F)]
_WIDE = r"[\x{ff01}-\x{ff5e}]"
_ID_JUNK = r"^(?:0+X?|1+|2+|3+|4+|5+|6+|7+|8+|9+|X+|[-—_.?/\\]+|(?:86)?1[3-9][0-9]{9}|123456789[0-9]{6,}|NULL|NONE|N/A|[^0-9A-Z]+)$"
_ID_READABLE = 6
"""Characters of a masked number that must be left, or it says nothing."""
_PHONE = r"^(?:1[3-9][0-9]{9}|0[0-9]{9,11}|[2-9][0-9]{6,7}|[48]00[0-9]{7})$"
_PLAIN_AMOUNT = r"^-?[0-9]{1,12}(?:\.[0-9]{1,2})?$"
_WHOLE = r"^([-+]?[0-9]{1,18})(?:\.0*)?$"


@dataclass(frozen=True)
class Found:
    """A problem in the rows where `mask` is true."""

    problem: Problem
    column: str
    mask: pl.Series
    lookup: str | None = None


@dataclass(frozen=True)
class Read:
    """A column of canonical text and what was wrong in it."""

    values: pl.Series
    found: tuple[Found, ...] = ()

    def without_values(self, mask: pl.Series, *found: Found) -> Read:
        """Give this with null where `mask`, and further problems."""
        return Read(self.values.set(mask, None) if mask.any() else self.values, (*self.found, *found))


@dataclass
class Columns:
    """The columns of one part; `stripped` and `clean` texts and keys are kept, as several fields may read one column."""

    table: pa.Table
    blanks: Sequence[str]
    _stripped: dict[str, pl.Series] = field(default_factory=dict)
    _clean: dict[str, pl.Series] = field(default_factory=dict)
    keys: dict[Key, Read] = field(default_factory=dict)
    """Filled by `mappings.keys`."""

    @property
    def height(self) -> int:
        """Rows of the part."""
        return int(self.table.num_rows)

    def stripped(self, column: str) -> pl.Series:
        """Give a column without outer padding and invisible characters; a null stays null."""
        if column not in self._stripped:
            values = pl.Series(column, self.table.column(column)).cast(pl.String)
            if values.str.contains(_CONTROLS).any():
                values = values.str.replace_all(_CONTROLS, "")
            self._stripped[column] = values.str.strip_chars()
        return self._stripped[column]

    def clean(self, column: str) -> pl.Series:
        """Give a stripped column with null where it is blank or one of the source's `blanks`."""
        if column not in self._clean:
            values = self.stripped(column)
            self._clean[column] = values.set(values.is_in(["", *self.blanks]).fill_null(False), None)
        return self._clean[column]

    def holds(self, where: Mapping[str, Sequence[str]]) -> pl.Series:
        """Tell the rows in which every column named holds one of its values (`*` any, empty text blank)."""
        mask = pl.repeat(True, self.height, eager=True, dtype=pl.Boolean)
        for column, values in where.items():
            hit = self.stripped(column).is_in([value for value in values if value not in ("*", "")]).fill_null(False)
            if "*" in values:
                hit |= self.clean(column).is_not_null()
            if "" in values:
                hit |= self.clean(column).is_null()
            mask &= hit
        return mask

    def nothing(self) -> pl.Series:
        """Give a column of nulls."""
        return pl.repeat(None, self.height, eager=True, dtype=pl.String)


def read_text(values: pl.Series) -> pl.Series:
    """Fold full-width letters, digits and signs to half-width and runs of blanks to one; no other character changes.

    NFKC would do more: it replaces compatibility ideographs, which people bear in their names and villages in theirs.
    """
    if values.str.contains(_WIDE).any():
        values = values.str.replace_many(_FULL_WIDTH, _HALF_WIDTH)
    return values.str.replace_all(r"\s+", " ").str.strip_chars()


def read_name(values: pl.Series) -> pl.Series:
    """Keep a name as written, rare and private-use characters included; only line breaks and tabs go."""
    return values.str.replace_all(r"[\t\r\n]", "").str.strip_chars() if values.str.contains(r"[\t\r\n]").any() else values


def read_id_number(values: pl.Series, column: str) -> Read:
    """Fold an identity number to half-width capitals without blanks; placeholders become null.

    A masked number stays as it is where enough of it can be read: matching holds it against whole ones.
    """
    folded = values.str.normalize("NFKC").str.to_uppercase().str.replace_all(r"\s", "")
    masked = folded.str.contains(r"\*").fill_null(False)
    empty = masked & (folded.str.count_matches("[0-9X]") < _ID_READABLE).fill_null(False)
    junk = (folded.str.contains(_ID_JUNK) & ~masked).fill_null(False)
    return Read(folded).without_values(empty | junk, Found(Problem.ID_MASKED, column, masked), Found(Problem.ID_JUNK, column, junk))


def read_phone(values: pl.Series, column: str) -> Read:
    """Keep the digits of the first number given, without country code; what has no digits or only one kind becomes null."""
    first = values.str.normalize("NFKC").str.split_exact(",", 0).struct.field("field_0")
    first = first.str.replace(r"[;/、转].*$", "").str.replace_all(r"[\s()\-—.]", "").str.replace(r"^(?:\+|00)86|^86(1[3-9][0-9]{9})$", "$1")
    empty = (~first.str.contains(r"[0-9]") | first.str.contains(r"^(?:0+|1+|2+|3+|4+|5+|6+|7+|8+|9+)$")).fill_null(False)
    odd = (~first.str.contains(_PHONE)).fill_null(False)
    return Read(first).without_values(empty, Found(Problem.PHONE_UNREADABLE, column, odd | empty))


def read_amounts(values: pl.Series, column: str) -> Read:
    """Read amounts in yuan with two decimals; plain numbers at column speed, the rest by `read_amount`."""
    plain = values.str.contains(_PLAIN_AMOUNT).fill_null(True)
    if plain.all():
        return Read(values)
    rest = read_uniques(values.set(plain, None), read_amount, column)
    return Read(values.zip_with(plain, rest.values), rest.found)


def read_integers(values: pl.Series, column: str) -> Read:
    """Read whole numbers of up to 18 digits; a fraction of zero, as spreadsheets write, is none."""
    whole = values.str.normalize("NFKC").str.extract(_WHOLE, 1)
    bad = values.is_not_null() & whole.is_null()
    return Read(whole, (Found(Problem.INTEGER_UNREADABLE, column, bad),))


def read_lookup(columns: Columns, lookup: str, column: str, table: Mapping[str, str | None]) -> Read:
    """Translate codes by a value table, whose `""` stands for blank; a value that is neither there nor blank is unknown."""
    source, blank = columns.stripped(column), columns.clean(column).is_null()
    uniques = source.drop_nulls().unique()
    keys = uniques.str.normalize("NFKC").to_list()
    known = {_folded(key): code for key, code in table.items()}
    answers = pl.DataFrame(
        {"value": uniques, "code": [known.get(key) for key in keys], "listed": [key in known for key in keys]},
        schema={"value": pl.String, "code": pl.String, "listed": pl.Boolean},
    )
    joined = pl.DataFrame({"value": source}).join(answers, on="value", how="left", maintain_order="left")
    listed = joined["listed"].fill_null(False)
    codes = joined["code"].set(blank & ~listed, table.get(""))
    return Read(codes, (Found(Problem.CODE_UNKNOWN, column, ~listed & ~blank, lookup),))


def read_call(columns: Columns, name: str, of: Sequence[str]) -> Read:
    """Call a registered function once per different combination of its columns' values; nothing where all are blank."""
    frame = pl.DataFrame([columns.clean(column).alias(str(index)) for index, column in enumerate(of)])
    frame = frame.with_columns(combination=pl.struct(pl.all()))
    uniques = frame.unique("combination").filter(pl.any_horizontal(pl.all().exclude("combination").is_not_null()))
    readings = [CALLS[name].function(*row) for row in uniques.drop("combination").iter_rows()]
    return _spread(frame["combination"], uniques["combination"], readings, of[0])


def read_uniques(values: pl.Series, read: Callable[[str], Reading], column: str) -> Read:
    """Call a scalar function once per different value."""
    uniques = values.drop_nulls().unique()
    return _spread(values, uniques, [read(value) for value in uniques.to_list()], column)


def _spread(values: pl.Series, uniques: pl.Series, readings: list[Reading], column: str) -> Read:
    answers = pl.DataFrame(
        [
            uniques.alias("value"),
            pl.Series("text", [text for text, _ in readings], dtype=pl.String),
            pl.Series("problem", [problem.code if problem else None for _, problem in readings], dtype=pl.String),
        ]
    )
    joined = pl.DataFrame([values.alias("value")]).join(answers, on="value", how="left", maintain_order="left")
    codes = joined["problem"]
    seen = {problem for _, problem in readings if problem}
    found = (Found(problem, column, (codes == problem.code).fill_null(False)) for problem in Problem if problem in seen)
    return Read(joined["text"], tuple(found))


def _folded(text: str) -> str:
    return str(pl.Series([text]).str.normalize("NFKC").item()).strip()
