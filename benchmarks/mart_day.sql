-- A day's load of {records} records: two thirds new contribution lines, a sixth corrected ones, a sixth new enrolments of persons known; of one person in a hundred
-- the medical record turns out to be the next person's.
create temporary table day as select row_number() over () as i, source_key, area_code, n from (
    select source_key, area_code, substr(source_key, 2)::int as n from core.person_record where source = 'pension' and substr(source_key, 2)::int % {every} = {day} % {every} and substr(source_key, 2)::int / 40 % 100 <> 0 limit {records}) p;
insert into core.contribution (source, source_key, person_key, employer_key, insurance_code, area_code, period_month, kind_code, base_amount, person_amount, employer_amount, paid_date,
    derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select 'pension', 'd{day}-' || n, source_key, 'f' || n / 40, '110', area_code, date '2025-11-01', 'normal', 6000, 480, 960, date '2025-11-20', false, '\x00', 2, 'pension-000001', n, 2, n
from day where i % 6 < 4;
insert into core.contribution_history select c.*, now() from core.contribution c join day on c.source = 'pension' and c.source_key = day.n::text where i % 6 = 4;
update core.contribution c set person_amount = person_amount + 1, recorded_at = now() from day where c.source = 'pension' and c.source_key = day.n::text and i % 6 = 4;
insert into core.enrolment (source, source_key, person_key, insurance_code, area_code, status_code, payment_code, start_date, derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select 'pension', 'e{day}-' || n, source_key, '210', area_code, 'enrolled', 'paying', date '2025-11-01', false, '\x00', 2, 'pension-000001', n, 2, n from day where i % 6 = 5;
create temporary table moved as select 'b' || n as source_key, 'pa' || n as old_id, 'pa' || n + 1 as new_id from day where i % 100 = 0 and n % 3 < 2;
insert into identity.crosswalk_history select c.*, now() from identity.crosswalk c join moved m on c.entity = 'person_record' and c.source = 'medical' and c.source_key = m.source_key;
update identity.crosswalk c set entity_id = m.new_id, grade = 'judged', recorded_at = now() from moved m
where c.entity = 'person_record' and c.source = 'medical' and c.source_key = m.source_key;
update identity.golden g set records = records + case when g.person_id = m.new_id then 1 else -1 end, recorded_at = now() from moved m where g.person_id in (m.old_id, m.new_id);
