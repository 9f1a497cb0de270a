-- star.contribution_gap of the persons in question: per line, in the books of one department
with yearly as (
    select y.person_no, y.source, y.insurance_code, y.year, bit_or(y.months) as months from star.contribution_year y join touched using (person_no)
    where y.known_to = 'infinity' and y.person_no <> 0 and y.months <> 0 group by 1, 2, 3, 4
), broken as ( -- fewer months paid than lie between the first and the last: only these are looked at month by month
    select person_no, source, insurance_code from yearly group by 1, 2, 3
    having sum(bit_count(months::bit(12))) < max(year * 12 + length(ltrim(months::bit(12)::text, '0'))) - min(year * 12 + 13 - length(rtrim(months::bit(12)::text, '0'))) + 1
), paid as (
    select y.person_no, y.source, y.insurance_code, make_date(y.year, m, 1) as month from broken b
    join yearly y on y.person_no = b.person_no and y.source = b.source and y.insurance_code is not distinct from b.insurance_code
    cross join generate_series(1, 12) m where (y.months >> (m - 1)) & 1 = 1
), followed as (
    select person_no, source, insurance_code, month, lead(month) over (partition by person_no, source, insurance_code order by month) as next from paid
), gap as (
    select person_no, source, insurance_code, (month + interval '1 month')::date as first_month, (next - interval '1 month')::date as last_month,
        (extract(year from age(next, month)) * 12 + extract(month from age(next, month)))::int - 1 as months
    from followed where next > month + interval '1 month'
)
select g.person_no, g.source, g.insurance_code, y.area_code, g.first_month, g.last_month, g.months
from gap g cross join lateral (
    select area_code from star.contribution_year y
    where y.known_to = 'infinity' and y.person_no = g.person_no and y.source = g.source and y.insurance_code = g.insurance_code
    order by y.year desc, y.area_code limit 1) y
