-- covered: is the month inside a period the same source enrolled this person in this line for; null where it enrolled them in none
with period as (
    select person_key, insurance_code, min(month_of(start_date)) as first_month, max(coalesce(month_of(end_date), 999912)) as last_month
    from facts_enrolment
    group by person_key, insurance_code
)
select
    p.*,
    month_of(p.period_month) as month,
    day_of(p.paid_date) as paid_day,
    case when p.kind_code is distinct from 'reversal' then p.base_amount end as base_due,
    case when p.kind_code is distinct from 'reversal' then p.person_amount end as person_due,
    case when p.kind_code is distinct from 'reversal' then p.employer_amount end as employer_due,
    case when p.kind_code = 'reversal' then greatest(p.person_amount, p.employer_amount) end as reversed_amount,
    coalesce(p.person_amount, p.employer_amount) as any_amount,
    case when p.kind_code = 'normal' and coalesce(p.person_amount, 0) + coalesce(p.employer_amount, 0) = 0 then p.base_amount end as base_unpaid,
    case when p.kind_code = 'normal' and p.base_amount > 0 then p.base_amount end as base_paid_on,
    coalesce(p.person_amount, 0) + coalesce(p.employer_amount, 0) as paid_total,
    case when r.value is not null then 'repeated' end as line_seen,
    case when p.reverses_key is not null then coalesce(v.state, 'absent') end as reversed_state,
    where_is(p.person_key, h.state, h.state_row, p.row_number, getvariable('person_record_given')) as person_state,
    where_is(p.employer_key, e.state, e.state_row, p.row_number, getvariable('employer_record_given')) as employer_state,
    h.death_latest // 100 as person_death_month,
    case when d.person_key is not null then if(month_of(p.period_month) between d.first_month and d.last_month, 'covered', 'outside') end as covered
from part p
left join repeated_contribution r
    on r.value = hash(p.person_key, p.insurance_code, p.period_month, p.kind_code, p.base_amount, p.person_amount, p.employer_amount)
left join people h on h.source_key = p.person_key
left join state_employer_record e on e.source_key = p.employer_key
left join state_contribution v on v.source_key = p.reverses_key
left join period d on d.person_key = p.person_key and d.insurance_code = p.insurance_code
