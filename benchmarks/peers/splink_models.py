"""What Splink is given: a model for Chinese persons over prepared columns, and its own published demonstrations for the public sets.

Read inside Splink's virtual environment only; knows nothing of the hub.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import SettingsCreator, block_on


@dataclass(frozen=True)
class Peer:
    """Settings, and how they are trained: deterministic rules and their recall, rules of the EM sessions, pairs to estimate u from."""

    settings: SettingsCreator
    certain: tuple[str, ...]
    recall: float
    sessions: tuple[Any, ...]
    pairs: float = 1e6
    estimate_without_frequencies: bool = False
    first_table: str = ""
    """What holds of the rows of the first of two tables to be linked; empty where one table is deduplicated."""


def _level(sql: str, label: str) -> Any:
    return cll.CustomLevel(sql, label)


def _equal(column: str) -> str:
    return f"{column}_l = {column}_r"


def _comparison(name: str, levels: list[Any]) -> Any:
    return cl.CustomComparison(output_column_name=name, comparison_levels=levels)


_ALIKE = " + ".join(f"coalesce((name_c{at}_l = name_c{at}_r)::int, 0)" for at in (1, 2, 3, 4))
NAME = _comparison(
    "name",
    [
        cll.NullLevel("name_text"),
        cll.ExactMatchLevel("name_text", term_frequency_adjustments=True),
        _level(_equal("name_pinyin"), "same sound"),
        _level(_equal("name_near"), "nearly the same sound"),
        _level(_equal("name_sorted"), "same characters"),
        _level(f"name_length_l = name_length_r and name_length_l >= 3 and ({_ALIKE}) >= name_length_l - 1", "one character differs"),
        _level(f"abs(name_length_l::int - name_length_r::int) <= 1 and ({_ALIKE}) >= 2", "two characters in place"),
        _level(_equal("name_given"), "same given name"),
        _level(_equal("name_surname"), "same surname"),
        cll.ElseLevel(),
    ],
)
BORN = _comparison(
    "birth_date",
    [
        cll.NullLevel("birth_date_value"),
        cll.ExactMatchLevel("birth_date_value"),
        _level("born_l is not null and born_r is not null and damerau_levenshtein(born_l, born_r) <= 1", "one figure"),
        _level(_equal("birth_date_month"), "same month"),
        _level(
            "birth_date_year_l = birth_date_year_r and birth_date_monthday_l // 100 = birth_date_monthday_r % 100 "
            "and birth_date_monthday_l % 100 = birth_date_monthday_r // 100",
            "day and month exchanged",
        ),
        _level(_equal("birth_date_year"), "same year"),
        cll.ElseLevel(),
    ],
)
NUMBER = _comparison(
    "number",
    [
        cll.NullLevel("number"),
        cll.ExactMatchLevel("number"),
        _level("damerau_levenshtein(number_l, number_r) <= 1", "one slip"),
        _level(_equal("number_head"), "same area and birth date"),
        cll.ElseLevel(),
    ],
)
PHONE = _comparison("phone", [cll.NullLevel("phone_first"), cll.ExactMatchLevel("phone_first", term_frequency_adjustments=True), cll.ElseLevel()])
ADDRESS = _comparison(
    "address",
    [
        cll.NullLevel("address_whole"),
        cll.ExactMatchLevel("address_whole"),
        _level(_equal("address_house"), "same house"),
        _level(_equal("address_place"), "same place"),
        _level(_equal("address_town"), "same town"),
        cll.ElseLevel(),
    ],
)
EMPLOYER = cl.ExactMatch("employer_name_whole").configure(term_frequency_adjustments=True)

PERSON = Peer(
    SettingsCreator(
        link_type="dedupe_only",
        comparisons=[NAME, BORN, cl.ExactMatch("sex_code_whole"), NUMBER, PHONE, ADDRESS, EMPLOYER, cl.ExactMatch("area")],
        blocking_rules_to_generate_predictions=[
            block_on("number"),
            block_on("name_text", "birth_date_value"),
            block_on("name_pinyin", "birth_date_value"),
            block_on("name_near", "birth_date_month"),
            block_on("name_sorted", "birth_date_year", "sex_code_whole", "address_town"),
            block_on("name_text", "birth_date_monthday"),
            block_on("name_surname", "phone_first"),
            block_on("birth_date_value", "phone_first"),
            block_on("number_tail", "name_surname"),
            block_on("name_surname", "sex_code_whole", "address_house"),
            block_on("name_pinyin", "employer_name_whole"),
            block_on("birth_date_value", "employer_name_whole"),
            block_on("birth_date_value", "address_place", "sex_code_whole"),
            block_on("name_given", "birth_date_value", "sex_code_whole"),
        ],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    ),
    ("l.number = r.number and l.name_pinyin = r.name_pinyin", "l.name_text = r.name_text and l.birth_date_value = r.birth_date_value"),
    0.8,
    (block_on("number"), block_on("name_text", "birth_date_value")),
)

# The settings published for these files: docs/demos/tutorials (fake_1000), docs/demos/examples/duckdb of Splink's repository.
FAKE_1000 = Peer(
    SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("first_name"),
            cl.NameComparison("surname"),
            cl.LevenshteinAtThresholds("dob", 1),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
        blocking_rules_to_generate_predictions=[block_on("first_name"), block_on("surname"), block_on("dob"), block_on("email")],
    ),
    (
        "l.first_name = r.first_name and levenshtein(r.dob, l.dob) <= 1",
        "l.surname = r.surname and levenshtein(r.dob, l.dob) <= 1",
        "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
        "l.email = r.email",
    ),
    0.7,
    (block_on("first_name", "surname"), block_on("dob")),
)

HISTORICAL_50K = Peer(
    SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.ForenameSurnameComparison("first_name", "surname", forename_surname_concat_col_name="first_name_surname_concat"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("substr(first_name,1,3)", "substr(surname,1,4)"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"),
            block_on("dob", "birth_place"),
            block_on("substr(postcode_fake,1,3)", "dob"),
            block_on("substr(postcode_fake,1,3)", "first_name"),
            block_on("substr(postcode_fake,1,3)", "surname"),
            block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        ],
    ),
    (
        "l.first_name = r.first_name and l.surname = r.surname and l.dob = r.dob",
        "substr(l.first_name,1,2) = substr(r.first_name,1,2) and l.surname = r.surname and substr(l.postcode_fake,1,2) = substr(r.postcode_fake,1,2)",
        "l.dob = r.dob and l.postcode_fake = r.postcode_fake",
    ),
    0.6,
    (block_on("first_name", "surname"), block_on("dob")),
    pairs=1e7,
    estimate_without_frequencies=True,
)

_FEBRL_SAME = ("l.soc_sec_id = r.soc_sec_id", "l.given_name = r.given_name and l.surname = r.surname and l.date_of_birth = r.date_of_birth")
_FEBRL_SWAPPED = "l.given_name = r.surname and l.surname = r.given_name"
_FEBRL_SESSIONS = (block_on("date_of_birth"), block_on("postcode"))
FEBRL3 = Peer(
    SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[block_on(column) for column in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")],
    ),
    (*_FEBRL_SAME, f"{_FEBRL_SWAPPED} and l.date_of_birth = r.date_of_birth"),
    0.9,
    _FEBRL_SESSIONS,
)
FEBRL4 = Peer(
    SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            _FEBRL_SWAPPED,
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
        ],
    ),
    _FEBRL_SAME,
    0.8,
    _FEBRL_SESSIONS,
    estimate_without_frequencies=True,
    first_table="rec_id like '%-org'",
)

PEERS = {"person": PERSON, "fake_1000": FAKE_1000, "historical_50k": HISTORICAL_50K, "febrl3": FEBRL3, "febrl4": FEBRL4}
