-- One row a person: whether they are here, and what their other records say of their life.
create table people as
with birth as (
    select source_key, coalesce(min(earliest(birth_date)) filter (row_number is not null), min(earliest(birth_date))) as birth_earliest
    from facts_person_record
    group by source_key
),
enrolled as (
    select person_key as source_key, min(day_of(start_date)) as first_enrolment from facts_enrolment group by person_key
),
died as (
    select person_key as source_key, max(latest(death_date)) as death_latest from facts_death group by person_key
)
select source_key, state, state_row, birth_earliest, first_enrolment, death_latest
from state_person_record full join birth using (source_key) full join enrolled using (source_key) full join died using (source_key)
