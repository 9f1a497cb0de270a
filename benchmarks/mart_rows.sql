-- A warehouse of {people} persons written by SQL: records of three departments, their places, enrolments, contribution lines, benefits, archive items.
-- Person n: record aN at the pension centre, bN at the medical bureau for two of three, cN at the population register.  {months} months of lines up to 2025-10, in parts that each are one transaction.
-- part: persons
insert into ops.batch (batch_id, source, sequence, kind, state, published_at) select s || '-000001', s, 1, 'run', 'published', now() from unnest(array['pension', 'medical', 'police', 'tax', 'archive_room', 'unemployment']) s;
insert into identity.model_version (version, model, state, author, reason) values (1, '{{}}', 'approved', 'benchmark', 'benchmark');
alter table core.contribution drop constraint contribution_pkey;
drop index core.contribution_source_person_key_idx, core.contribution_source_employer_key_idx, star.contribution_person_no_idx, star.contribution_period_month_idx, star.contribution_gone_idx;
create unlogged table ops.one as
select n, case n % 5 when 0 then '529002' when 1 then '529003' when 2 then '529021' when 3 then '529022' else '529081' end as area, (1 + n % 2)::text as sex,
    (date '1940-01-01' + (n * 7919::bigint % 29200)::int) as born, n % 97 = 0 as dead, n / 40 as firm
from generate_series(1, {people}) n;
insert into core.employer_record (source, source_key, name, credit_code, area_code, kind_code, derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select s, 'f' || f, '单位' || f, 'CODE' || lpad(f::text, 14, '0'), '529002', 'enterprise', false, '\x00', 1, s || '-000001', f, 1, f
from generate_series(0, {people} / 40) f cross join unnest(array['pension', 'police']) s where s = 'pension' or f % 10 = 0;
insert into identity.crosswalk (entity, source, source_key, candidate_id, entity_id, grade, model_version)
select 'employer_record', source, source_key, 'e' || source || source_key, 'epension' || source_key, 'certain', 1 from core.employer_record;
insert into core.person_record (source, source_key, name, sex_code, birth_date, area_code, derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select s.source, s.letter || n, '人', sex, born::text, area, false, '\x00', 1, s.source || '-000001', n, 1, n
from ops.one cross join (values ('pension', 'a', 1), ('medical', 'b', 3), ('police', 'c', 1)) s (source, letter, every) where s.every = 1 or n % 3 < 2;
insert into identity.crosswalk (entity, source, source_key, candidate_id, entity_id, grade, model_version)
select 'person_record', source, source_key, 'p' || source_key, 'pa' || substr(source_key, 2), 'certain', 1 from core.person_record;
insert into identity.golden (person_id, name, sex_code, birth_date, area_code, death_date, provenance, records, hash)
select 'pa' || n, '人', sex, born::text, area, case when dead then '2025-03-15' end, '{{}}', 2 + (n % 3 < 2)::int, '\x00' from ops.one;
insert into core.enrolment (source, source_key, person_key, employer_key, insurance_code, area_code, status_code, payment_code, start_date, derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select l.source, l.line || '-' || n, case l.source when 'pension' then 'a' when 'medical' then 'b' end || n, case when l.source = 'pension' then 'f' || firm end, l.line, area, 'enrolled', 'paying',
    date '2015-01-01' + n % 3000, false, '\x00', 1, l.source || '-000001', n, 1, n
from ops.one cross join (values ('pension', '110'), ('medical', '310')) l (source, line) where l.source = 'pension' or n % 3 < 2;
-- part: lines
insert into core.contribution (source, source_key, person_key, employer_key, insurance_code, area_code, period_month, kind_code, base_amount, person_amount, employer_amount, paid_date,
    derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select 'pension', (m * 2000000::bigint + n)::text, 'a' || n, 'f' || firm, '110', area, (date '2025-10-01' - make_interval(months => m))::date, 'normal', 5000 + n % 3000, 400, 800,
    (date '2025-11-10' - make_interval(months => m))::date, false, '\x00', 1, 'pension-000001', n, 1, n
from generate_series({last}, {first}, -1) m cross join ops.one where not (n % 50 = 0 and m between 5 and 9) and not (firm % 100 = 0 and m < 8);
-- part: rest
insert into core.contribution (source, source_key, person_key, employer_key, insurance_code, area_code, period_month, kind_code, base_amount, person_amount, employer_amount, paid_date,
    derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select 'police', 't' || (m * 2000000::bigint + n)::text, 'c' || n, 'f' || firm, '110', area, (date '2025-10-01' - make_interval(months => m))::date, 'normal', 5000 + n % 3000 + (n % 200 = 0)::int * 100, 400, 800,
    (date '2025-11-10' - make_interval(months => m))::date, false, '\x00', 1, 'police-000001', n, 1, n
from generate_series(1, 0, -1) m cross join ops.one where n % 4 = 0;
insert into core.benefit (source, source_key, person_key, insurance_code, area_code, benefit_code, period_month, amount, paid_date, derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select 'pension', (m * 2000000::bigint + n)::text, 'a' || n, '110', area, 'pension', (date '2025-10-01' - make_interval(months => m))::date, 3000, date '2025-10-10', false, '\x00', 1, 'pension-000001', n, 1, n
from generate_series(23, 0, -1) m cross join ops.one where born < '1965-01-01' and n % 2 = 0;
insert into core.benefit (source, source_key, person_key, insurance_code, area_code, benefit_code, period_month, amount, paid_date, derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select 'pension', 'second' || (m * 2000000::bigint + n)::text, 'a' || n, '170', area, 'pension', (date '2025-10-01' - make_interval(months => m))::date, 200, date '2025-10-10', false, '\x00', 1, 'pension-000001', n, 1, n
from generate_series(11, 0, -1) m cross join ops.one where born < '1965-01-01' and n % 400 = 0;
insert into core.benefit (source, source_key, person_key, insurance_code, area_code, benefit_code, period_month, amount, paid_date, derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select 'medical', 'u' || (m * 2000000::bigint + n)::text, 'b' || n, '210', area, 'unemployment', (date '2025-10-01' - make_interval(months => m))::date, 1500, date '2025-10-10', false, '\x00', 1, 'medical-000001', n, 1, n
from generate_series(5, 0, -1) m cross join ops.one where born > '1975-01-01' and n % 60 = 0;
insert into core.archive_item (source, source_key, person_key, archive_number, class_code, retention_code, year, derived, hash, sequence, batch_id, row_number, first_sequence, first_row)
select 'pension', 'x' || n, 'a' || n, 'A-' || n, 'approval', '30', 2020, false, '\x00', 1, 'pension-000001', n, 1, n from ops.one where born < '1965-01-01' and n % 2 = 0 and n % 500 <> 0;
insert into ops.ledger (batch_id, replay, stream, extracted, accepted, quarantined, unchanged, superseded, out_of_scope)
select batch_id, 0, 'all', {people}, {people}, 0, 0, 0, 0 from ops.batch;
insert into ops.raw_key (source, stream, row_key, first_sequence) select source, 'person', source_key, 1 from core.person_record where source <> 'medical';
insert into ops.quarantine (batch_id, row_number, source, stream, row_key, reasons, raw, raw_hash)
select 'pension-000001', n, 'pension', 'person', 'q' || n, array['person_record.birth_date:not_a_date'], '\x00', '\x00' from generate_series(1, {people} / 1000) n;
insert into identity.pair (case_id, entity, left_source, left_key, right_source, right_key, kind, weight, probability, levels, model_version)
select 'case' || n, 'person_record', 'pension', 'a' || n, 'pension', 'a' || n + 1, 'possible', 5, 0.6, '{{}}', 1 from generate_series(1, {people} - 1, 500) n;
-- part: keys
drop table ops.one;
alter table core.contribution add constraint contribution_pkey primary key (source, source_key);
create index contribution_source_person_key_idx on core.contribution (source, person_key);
create index contribution_source_employer_key_idx on core.contribution (source, employer_key);
analyze core.contribution;
