select
    p.*,
    day_of(p.updated_on) as updated_day,
    case when p.credit_code is null then null when p.number_valid then 'valid' else 'failed' end as credit_check,
    case when r.value is not null then 'shared' end as credit_code_seen
from part p
left join repeated_employer_record r on r.value = p.credit_code
