select
    p.*,
    read_back(p.death_date) as death_read,
    earliest(p.death_date) as death_earliest,
    latest(p.death_date) as death_latest,
    day_of(p.registered_date) as registered_day,
    case when r.value is not null then 'several' end as death_seen,
    where_is(p.person_key, h.state, h.state_row, p.row_number, getvariable('person_record_given')) as person_state,
    h.birth_earliest as person_birth,
    h.first_enrolment as person_first_enrolment
from part p
left join repeated_death r on r.value = p.person_key
left join people h on h.source_key = p.person_key
