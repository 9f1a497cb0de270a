with numbered as (
    select
        *,
        -- documents that carry the check of GB 11643; 15 characters are the legacy form, all births 19yy
        coalesce(id_type_code, '01') in ('01', '03', '04') as is_citizen,
        case when number_valid then id_number when regexp_full_match(id_number, '[0-9]{15}') then id_number[1:6] || '19' || id_number[7:] end as whole
    from part
)
select
    p.*,
    case when coalesce(p.id_type_code, '01') = '01' and not contains(p.id_number, '*') and (p.id_type_code is not null or regexp_full_match(p.id_number, '[0-9]+X?')) then p.id_number end as citizen_number,
    case when regexp_full_match(p.id_number, '[0-9]{17}[0-9X]') and p.is_citizen then if(p.number_valid, 'valid', 'failed') end as number_check,
    case when p.whole is not null then replace(p.birth_date, '-', '') end as birth_written,
    case when p.birth_date is not null then left(p.whole[7:14], length(replace(p.birth_date, '-', ''))) end as birth_of_number,
    case when p.whole is not null and p.sex_code in ('1', '2') then p.sex_code end as sex_written,
    case when p.sex_code in ('1', '2') then if(p.whole[17] in ('1', '3', '5', '7', '9'), '1', '2') end as sex_of_number,
    case when r.value is not null then 'shared' end as id_number_seen,
    read_back(p.birth_date) as birth_read,
    earliest(p.birth_date) as birth_earliest,
    latest(p.birth_date) as birth_latest,
    day_of(p.updated_on) as updated_day,
    where_is(p.employer_key, e.state, e.state_row, p.row_number, getvariable('employer_record_given')) as employer_state
from numbered p
left join repeated_person_record r on r.value = p.id_number
left join state_employer_record e on e.source_key = p.employer_key
