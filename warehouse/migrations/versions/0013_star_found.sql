alter table star.person add column pensions integer;
update star.person set pensions = cardinality(drawing);
alter table star.person alter column pensions set not null;
comment on column star.person.pensions is 'number of lines a pension was paid from';
drop index star.person_person_no_idx;
create index person_person_no_idx on star.person (person_no);
alter table star.benefit_year add column elsewhere integer;
update star.benefit_year b set elsewhere = b.months & o.months from (
    select b.ctid as at, bit_or(o.months) as months from star.benefit_year b
    join star.benefit_year o on o.person_no = b.person_no and o.year = b.year and o.benefit_code is not distinct from b.benefit_code and o.ctid <> b.ctid
        and o.known_from < b.known_to and o.known_to > b.known_from
    where b.person_no <> 0 group by 1) o where b.ctid = o.at;
update star.benefit_year set elsewhere = 0 where elsewhere is null;
alter table star.benefit_year alter column elsewhere set not null;
comment on column star.benefit_year.elsewhere is 'months of the same kind paid from another line, area or department too';
create index contribution_source_employer_key_idx on core.contribution (source, employer_key);
create index enrolment_source_employer_key_idx on core.enrolment (source, employer_key);
create table star.pair (
    person_no integer not null,
    other_no integer not null,
    kind text not null,
    probability numeric(5, 4) not null,
    known_from timestamp with time zone default now() not null,
    known_to timestamp with time zone default 'infinity' not null
);
create index pair_gone_idx on star.pair (known_to) where known_to <> 'infinity';
create index pair_person_no_idx on star.pair (person_no) where known_to = 'infinity';
comment on table star.pair is 'doubtful pairs of persons that wait for a steward';
comment on column star.pair.kind is 'possible, two_numbers, shared_number, contradiction, bridge';
comment on column star.pair.probability is 'of being one person, the highest among the pairs of records';
comment on column star.pair.known_from is 'refresh that showed the row first';
comment on column star.pair.known_to is 'refresh that replaced it';
