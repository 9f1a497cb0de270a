select
    p.*,
    month_of(p.period_month) as month,
    month_of(p.start_date) as start_month,
    -- a medical settlement is cleared when it is ready, often in a later month
    case when p.benefit_code is distinct from 'medical' then month_of(p.end_date) end as end_month,
    day_of(p.start_date) as start_day,
    day_of(p.end_date) as end_day,
    day_of(p.paid_date) as paid_day,
    case when r.value is not null then 'repeated' end as line_seen,
    where_is(p.person_key, h.state, h.state_row, p.row_number, getvariable('person_record_given')) as person_state,
    -- what is due to a family after a death, or settled late, is no finding
    case when p.benefit_code not in ('funeral', 'medical') then h.death_latest // 100 end as person_death_month
from part p
left join repeated_benefit r
    on r.value = hash(p.person_key, p.insurance_code, p.benefit_code, p.period_month, p.start_date, p.paid_date, p.amount)
left join people h on h.source_key = p.person_key
