-- persons: the centre's persons, sealed values as they are
select p.source_key, p.name, p.id_type_code, p.sex_code, p.ethnic_code, p.birth_date, p.area_code, p.updated_on, d.death_date, p.sealed
from core.person_record p left join core.death d on d.source = p.source and d.person_key = p.source_key and d.ended_sequence is null
where p.source = %(source)s and p.ended_sequence is null order by p.source_key

-- employers: the centre's employers
select source_key, name, credit_code, address, area_code, kind_code, updated_on from core.employer_record
where source = %(source)s and ended_sequence is null order by source_key

-- enrolments: its enrolments in pension lines
select f.source_key, f.person_key, f.employer_key, e.name as employer_name, f.insurance_code, f.area_code, f.status_code, f.payment_code, f.start_date, f.end_date, f.updated_on
from core.enrolment f left join core.employer_record e on e.source = f.source and e.source_key = f.employer_key
where f.source = %(source)s and f.ended_sequence is null and f.insurance_code in ('110', '120', '170') order by f.source_key

-- contributions: its contribution lines of one pension line for months of the period
select f.source_key, f.person_key, f.employer_key, e.name as employer_name, f.insurance_code, f.area_code, f.period_month, f.base_amount, f.person_amount, f.employer_amount,
    f.kind_code, f.paid_date
from core.contribution f left join core.employer_record e on e.source = f.source and e.source_key = f.employer_key
where f.source = %(source)s and f.ended_sequence is null and f.insurance_code = %(line)s and f.period_month between %(first)s and %(last)s order by f.source_key

-- benefits: its pensions paid for months of the period
select f.source_key, f.person_key, f.insurance_code, f.area_code, f.benefit_code, f.period_month, f.amount, f.paid_date
from core.benefit f where f.source = %(source)s and f.ended_sequence is null and f.insurance_code in ('110', '120', '170')
    and f.period_month between %(first)s and %(last)s order by f.source_key

-- totals: what must come out, counted by the database alone
select 1 as table_no, count(*) as rows, null::numeric as amount from core.employer_record where source = %(source)s and ended_sequence is null
union all select 2, count(*), null from core.person_record where source = %(source)s and ended_sequence is null
union all select 3, count(*), null from core.person_record p join core.death d on d.source = p.source and d.person_key = p.source_key and d.ended_sequence is null
    where p.source = %(source)s and p.ended_sequence is null
union all select 4, count(*), null from core.enrolment where source = %(source)s and ended_sequence is null and insurance_code in ('110', '120', '170')
union all select case insurance_code when '170' then 10 when '110' then 11 else 12 end, count(*), sum(coalesce(person_amount, 0) + coalesce(employer_amount, 0))
    from core.contribution where source = %(source)s and ended_sequence is null and insurance_code in ('110', '120', '170') and period_month between %(first)s and %(last)s group by 1
union all select 13, count(*), sum(amount) from core.benefit where source = %(source)s and ended_sequence is null and insurance_code in ('110', '120', '170')
    and period_month between %(first)s and %(last)s having count(*) > 0
order by 1
