select
    p.*,
    day_of(p.start_date) as start_day,
    day_of(p.end_date) as end_day,
    day_of(p.updated_on) as updated_day,
    p.status_code || '/' || p.payment_code as both_states,
    case when p.status_code = 'ended' then day_of(p.end_date) else 0 end as end_day_if_ended,
    case when r.value is not null then 'repeated' end as line_seen,
    where_is(p.person_key, h.state, h.state_row, p.row_number, getvariable('person_record_given')) as person_state,
    where_is(p.employer_key, e.state, e.state_row, p.row_number, getvariable('employer_record_given')) as employer_state,
    h.birth_earliest as person_birth,
    h.death_latest as person_death
from part p
left join repeated_enrolment r on r.value = hash(p.person_key, p.insurance_code, p.start_date)
left join people h on h.source_key = p.person_key
left join state_employer_record e on e.source_key = p.employer_key
