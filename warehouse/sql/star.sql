-- watermark: the oldest instant a transaction that is not yet over may stamp its rows with; asked before the refresh looks at anything
select least(clock_timestamp(), min(xact_start)) from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()

-- last: watermark and time of the latest refresh
select watermark, at from star.refresh order by refresh_no desc limit 1

-- add: a refresh
insert into star.refresh (watermark, counts) values (%(watermark)s, %(counts)s)

-- entities: numbers for ids not seen before
insert into star.entity (entity_id)
select distinct c.entity_id from identity.crosswalk c where c.recorded_at >= %(since)s and not exists (select from star.entity e where e.entity_id = c.entity_id)

-- stage_numbers: sound identity numbers of the records that changed
create temporary table new_number (source text, source_key text, number bytea) on commit drop

-- changed_persons: person records that changed, with what their number can be told from
copy (
    select source, source_key, birth_date, sex_code, encode(sealed, 'hex') as sealed from core.person_record where recorded_at >= {since} and sealed is not null
) to stdout (format csv, header)

-- fresh_records: placements and numbers as they are now, where either changed
create temporary table fresh_record on commit drop as
select c.entity, c.source, c.source_key, e.entity_no, c.grade, case when n.source is null then r.number else n.number end as number, r.entity_no as old_no, r.number as old_number,
    r.source is not null and (r.entity_no, r.grade, r.number) is not distinct from (e.entity_no, c.grade, case when n.source is null then r.number else n.number end) as same
from (
    select entity, source, source_key from identity.crosswalk where recorded_at >= %(since)s
    union
    select 'person_record', source, source_key from new_number
) k
join identity.crosswalk c using (entity, source, source_key)
join star.entity e on e.entity_id = c.entity_id
left join new_number n on k.entity = 'person_record' and n.source = k.source and n.source_key = k.source_key
left join star.record r on r.entity = k.entity and r.source = k.source and r.source_key = k.source_key and r.known_to = 'infinity'

-- gone_records: keys a source corrected: the record goes on under another
create temporary table gone_record on commit drop as
select distinct r.entity, r.source, r.source_key, r.entity_no from identity.crosswalk_history h
join star.record r on r.entity = h.entity and r.source = h.source and r.source_key = h.source_key and r.known_to = 'infinity'
where h.recorded_to >= %(since)s and not exists (select from identity.crosswalk c where (c.entity, c.source, c.source_key) = (h.entity, h.source, h.source_key))

-- close_records: placements that are no more
update star.record r set known_to = now() from (
    select entity, source, source_key from fresh_record where not same union all select entity, source, source_key from gone_record
) k where r.entity = k.entity and r.source = k.source and r.source_key = k.source_key and r.known_to = 'infinity'

-- show_records: placements that are new
insert into star.record (entity, source, source_key, entity_no, grade, number)
select entity, source, source_key, entity_no, grade, number from fresh_record where not same

-- firm: whose each employer record is
create temporary view firm as select source, source_key, entity_no from star.record where entity = 'employer_record' and known_to = 'infinity'

-- touched: persons of whom anything changed
create temporary table touched on commit drop as
select distinct person_no from (
    select entity_no as person_no from fresh_record where entity = 'person_record' and not same
    union all select old_no from fresh_record where entity = 'person_record' and not same
    union all select entity_no from gone_record where entity = 'person_record'
    union all select o.entity_no from fresh_record f join star.record o on o.number = f.number and o.known_to = 'infinity' where not f.same
    union all select o.entity_no from fresh_record f join star.record o on o.number = f.old_number and o.known_to = 'infinity' where not f.same
    union all select e.entity_no from identity.golden g join star.entity e on e.entity_id = g.person_id where g.recorded_at >= %(since)s
    union all select p.person_no from star.person p left join doubt d using (person_no)
        where p.known_to = 'infinity' and (p.doubts, p.union_no) is distinct from (coalesce(d.doubts, 0), coalesce(d.union_no, p.person_no))
) p where person_no is not null

-- moved_firm: employer records that are new, or another's now
create temporary table moved_firm on commit drop as
select source, source_key from fresh_record where entity = 'employer_record' and not same
union select source, source_key from gone_record where entity = 'employer_record'

-- touch: persons whose facts changed, and whose they were
insert into touched
select distinct r.entity_no from (
    select source, person_key from core.{fact} where recorded_at >= {since}
    union
    select source, person_key from core.{history} where recorded_to >= {since}
) f join star.record r on r.entity = 'person_record' and r.source = f.source and r.source_key = f.person_key and r.known_to = 'infinity'
except select person_no from touched

-- touch_firm: persons with a line at an employer that is new, or another's now
insert into touched
select distinct r.entity_no from moved_firm m join core.{fact} f on f.source = m.source and f.employer_key = m.source_key
join star.record r on r.entity = 'person_record' and r.source = f.source and r.source_key = f.person_key and r.known_to = 'infinity'
except select person_no from touched

-- touch_nobody: facts whose record is not placed
insert into touched select 0 where not exists (select from touched where person_no = 0)

-- index_touched: for the joins that follow
create unique index on touched (person_no)

-- changed: lines of a fact that may stand otherwise: they changed, or whose record is another's now
create temporary table changed on commit drop as
select source, source_key from core.{fact} where recorded_at >= {since}
union select source, source_key from core.{history} where recorded_to >= {since}
union select f.source, f.source_key from (
    select source, source_key from fresh_record where entity = 'person_record' and not same union select source, source_key from gone_record where entity = 'person_record'
) r join core.{fact} f on f.source = r.source and f.person_key = r.source_key

-- changed_firm: and whose employer is new, or another now
insert into changed
select f.source, f.source_key from moved_firm m join core.{fact} f on f.source = m.source and f.employer_key = m.source_key except select source, source_key from changed

-- changed_person: and items, which show the county of their person
insert into changed
select source, source_key from star.{fact} where known_to = 'infinity' and person_no in (select person_no from touched) except select source, source_key from changed

-- facts: core rows with their person; 0 while their record is not placed
(select coalesce(r.entity_no, 0) as person_no, f.* from {lines} f
 left join star.record r on r.entity = 'person_record' and r.source = f.source and r.source_key = f.person_key and r.known_to = 'infinity')

-- changed_facts: core rows of the lines in question
(select f.* from changed c join core.{fact} f using (source, source_key))

-- first: everything is new; a person's rows lie side by side, so that looking one up again reads few pages
insert into star.{table} ({columns}) select {columns} from ({rows}) fresh order by {at}

-- fresh: what the rows in question are now
create temporary table fresh on commit drop as select * from star.{table} with no data

-- fill: as the table has them
insert into fresh ({columns}) select {columns} from ({rows}) now_so

-- compare: rows that stay, go, come
create temporary table compared on commit drop as
select s.at as old, f.at as new from
    (select ctid as at, row({columns})::text as whole from star.{table} where known_to = 'infinity' and {of}) s
    full join (select ctid as at, row({columns})::text as whole from fresh) f using (whole)
where s.at is null or f.at is null

-- close: rows that are no more
update star.{table} t set known_to = now() from compared c where t.ctid = c.old and c.new is null

-- show: rows that are new
insert into star.{table} ({columns}) select {columns} from fresh f join compared c on f.ctid = c.new

-- drop: a working table has served
drop table {table}

-- insured_month: the latest month counted
select max(month) = date_trunc('month', now())::date from star.insured where known_to = 'infinity'

-- insured_before: what the persons in question were counted as
create temporary table counted_before on commit drop as {rows}

-- insured_changed: the cells with their new counts
with delta as (
    select month, insurance_code, area_code, age_band, sex_code, sum(people) as people, sum(doubled) as doubled from (
        select * from ({rows}) after_it
        union all select month, insurance_code, area_code, age_band, sex_code, -people, -doubled from counted_before
    ) both_of_them group by 1, 2, 3, 4, 5 having sum(people) <> 0 or sum(doubled) <> 0
)
select d.month, d.insurance_code, d.area_code, d.age_band, d.sex_code, (d.people + coalesce(c.people, 0))::bigint as people, (d.doubled + coalesce(c.doubled, 0))::bigint as doubled
from delta d left join star.insured c on c.known_to = 'infinity' and c.month = d.month
    and (c.insurance_code, c.area_code, c.age_band, c.sex_code) is not distinct from (d.insurance_code, d.area_code, d.age_band, d.sex_code)

-- insured_of: the cells in question
(month, coalesce(insurance_code, ''), coalesce(area_code, ''), age_band, sex_code) in (select month, coalesce(insurance_code, ''), coalesce(area_code, ''), age_band, sex_code from fresh)

-- drop_empty: a cell nobody is in any more is no row
delete from fresh where people = 0

-- stage_pairs: doubtful pairs of records that wait for a steward, and whose they are
create temporary table waiting_pair on commit drop as
select l.entity_no as person_no, r.entity_no as other_no, p.kind, p.probability from identity.pair p
join star.record l on l.entity = p.entity and l.source = p.left_source and l.source_key = p.left_key and l.known_to = 'infinity'
join star.record r on r.entity = p.entity and r.source = p.right_source and r.source_key = p.right_key and r.known_to = 'infinity'
where p.entity = 'person_record' and not exists (
    select from identity.judgement j where (j.entity, j.left_source, j.left_key, j.right_source, j.right_key) = (p.entity, p.left_source, p.left_key, p.right_source, p.right_key)
        and j.verdict <> 'unsure' and j.undoes is null and not exists (select from identity.judgement u where u.undoes = j.judgement_id))

-- pairs: whose the doubtful pairs are
select person_no, other_no, kind from waiting_pair

-- stage_doubt: persons in doubtful pairs
create temporary table doubt (person_no integer primary key, doubts integer not null, union_no integer not null) on commit drop

-- stage_label: departments as their declarations call them
create temporary table label (source text primary key, name_zh text, name_en text) on commit drop
