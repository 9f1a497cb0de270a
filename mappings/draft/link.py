"""References between the records of a draft: whose enrolment, whose employer."""

from __future__ import annotations

from collections.abc import Sequence

from mappings.canonical import ENTITIES
from mappings.draft.guess import RecordGuess, StreamGuess
from mappings.draft.how import FieldGuess
from mappings.source import Key


def link(streams: Sequence[StreamGuess]) -> None:
    """Fill `person_key` and `employer_key` of every record that has them."""
    for stream in streams:
        for record in stream.records:
            fields = ENTITIES[record.entity].by_name
            if "person_key" in fields and (guess := _person(stream, streams)):
                record.fields["person_key"] = guess
            if "employer_key" in fields and record.part is None and (guess := _employer(stream, streams)):
                record.fields["employer_key"] = guess


def _person(stream: StreamGuess, streams: Sequence[StreamGuess]) -> FieldGuess | None:
    if stream.gives("person_record"):
        return _reference(stream.key, 0.9, "the row's own person")
    derived = next((record for record in stream.records if record.entity == "person_record" and record.key), None)
    if derived and derived.key:
        return _reference(derived.key, 0.8, "the person derived from the line")
    return _column(stream, streams, "person_record", "person_code")


def _employer(stream: StreamGuess, streams: Sequence[StreamGuess]) -> FieldGuess | None:
    derived = next((record for record in stream.records if record.entity == "employer_record" and record.key), None)
    if derived and derived.key:
        return _reference(derived.key, 0.8, "the employer derived from the row")
    return _column(stream, streams, "employer_record", "employer_code")


def _column(stream: StreamGuess, streams: Sequence[StreamGuess], entity: str, concept: str) -> FieldGuess | None:
    """A column called as another stream's key, else one whose name says so."""
    givers = [other for other in streams if other is not stream and other.gives(entity) and not other.key.personal and len(other.key.columns) == 1]
    for other in givers:
        if other.key.columns[0] in stream.profiles:
            return _reference(other.key, 0.95, f"the key of {other.stream}")
    claim = stream.taken.get(concept)
    return _reference(Key(columns=(claim.column,)), claim.score, claim.why) if claim and claim.column not in stream.key.columns else None


def _reference(key: Key, score: float, why: str) -> FieldGuess:
    how: dict[str, object] = {"key": list(key.columns)}
    return FieldGuess({**how, "personal": True} if key.personal else how, score, why)


def without_targets(streams: Sequence[StreamGuess]) -> list[tuple[StreamGuess, RecordGuess, str]]:
    """Give the references whose record no stream of the draft gives."""
    given = {record.entity for stream in streams for record in stream.records}
    return [
        (stream, record, name)
        for stream in streams
        for record in stream.records
        for name in record.fields
        if (target := ENTITIES[record.entity].by_name[name].refers_to) and target not in given
    ]
