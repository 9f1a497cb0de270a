-- mart.published_insured: people insured, for everybody: cells under ten are suppressed; grain: month, line, area, age band.
-- Where one cell of a month, line and area is suppressed, the smallest of the others is too: no total gives it away.
create view mart.published_insured as
with cell as (
    select month, insurance_code, area_code, age_band, sum(people)::bigint as people from star.insured where known_to = 'infinity' group by 1, 2, 3, 4
), ranked as (
    select *, people < 10 as small, count(*) filter (where people < 10) over part as smalls,
        row_number() over (partition by month, insurance_code, area_code order by people < 10 desc, people) as place
    from cell window part as (partition by month, insurance_code, area_code)
)
select month, insurance_code, area_code, age_band, case when small or (smalls = 1 and place = 2) then null else people end as people from ranked;
comment on view mart.published_insured is 'people insured, cells under 10 suppressed / 参保人数（公开），不足10人的单元格不公布';
comment on column mart.published_insured.month is 'first day of the month / 月份'; -- from enrolment.start_date, enrolment.end_date
comment on column mart.published_insured.insurance_code is 'mart.insurance_line / 险种'; -- from enrolment.insurance_code
comment on column mart.published_insured.area_code is 'pooling area, GB/T 2260 / 统筹区'; -- from enrolment.area_code
comment on column mart.published_insured.age_band is 'age in years within the month / 年龄段'; -- from person_record.birth_date
comment on column mart.published_insured.people is 'persons; null where suppressed / 人数，空为不公布'; -- from enrolment.person_key
