select
    p.*,
    day_of(p.made_on) as made_day,
    year(p.made_on) as made_year,
    case when p.class_code <> 'collection' then p.class_code || '/' || p.retention_code end as class_and_retention,
    case when r.value is not null then 'shared' end as archive_number_seen,
    where_is(p.person_key, h.state, h.state_row, p.row_number, getvariable('person_record_given')) as person_state
from part p
left join repeated_archive_item r on r.value = p.archive_number
left join people h on h.source_key = p.person_key
