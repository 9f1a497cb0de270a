-- What the departments' records say of the people of `benchmarks.desk_data`: an enrolment, three months of contributions for insured records, a pension for the old,
-- a year of batches.
insert into core.enrolment (source, source_key, person_key, insurance_code, area_code, status_code, payment_code, start_date, derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select source, 'e' || source_key, source_key, case source when 'pension' then '110' when 'medical' then '310' else '210' end, area_code, 'enrolled', 'paying',
    date '2005-01-01' + (first_row % 3000)::int, false, '\x00', 1, batch_id, first_row, 1, first_row
from core.person_record where source in ('pension', 'medical', 'unemployment');
insert into core.contribution (source, source_key, person_key, insurance_code, area_code, period_month, kind_code, base_amount, person_amount, employer_amount, paid_date,
    derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select source, 'c' || source_key || '-' || m, source_key, case source when 'pension' then '110' else '310' end, area_code, (date '2025-10-01' - make_interval(months => m))::date, 'normal',
    5000 + first_row % 3000, 400, 800, (date '2025-11-10' - make_interval(months => m))::date, false, '\x00', 1, batch_id, first_row, 1, first_row
from core.person_record cross join generate_series(2, 0, -1) m where source in ('pension', 'medical');
insert into core.benefit (source, source_key, person_key, insurance_code, area_code, benefit_code, period_month, amount, paid_date, derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select source, 'b' || source_key || '-' || m, source_key, '110', area_code, 'pension', (date '2025-10-01' - make_interval(months => m))::date, 2000 + first_row % 2000, date '2025-10-10',
    false, '\x00', 1, batch_id, first_row, 1, first_row
from core.person_record cross join generate_series(2, 0, -1) m where source = 'pension' and birth_date < '1965';
insert into ops.batch (batch_id, source, sequence, kind, state, started_at, published_at)
select s || '-' || lpad(n::text, 6, '0'), s, n, 'run', 'published', now() - (366 - n) * interval '1 day', now() - (366 - n) * interval '1 day' + interval '4 minutes'
from unnest(array['pension', 'medical', 'police', 'tax']) s cross join generate_series(2, 365) n;
insert into ops.ledger (batch_id, replay, stream, extracted, accepted, quarantined, unchanged, superseded, out_of_scope, recorded_at)
select batch_id, 0, 'all', 20000 + sequence, 19990, 10, sequence, 0, 0, published_at from ops.batch where sequence > 1 and source <> 'office';
