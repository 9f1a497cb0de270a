create schema star;
comment on schema star is 'what the mart is made of; nobody but the hub reads it';
CREATE TABLE access.project (
    project TEXT NOT NULL, 
    purpose TEXT NOT NULL, 
    secret BYTEA NOT NULL, 
    created_by TEXT NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    CONSTRAINT project_pkey PRIMARY KEY (project)
);
COMMENT ON TABLE access.project IS 'projects of analysts: each has person keys of its own';
COMMENT ON COLUMN access.project.secret IS 'what the person keys of this project are made with; random, known to nobody';
CREATE TABLE star.archive_item (
    person_no INTEGER NOT NULL, 
    source TEXT NOT NULL, 
    source_key TEXT NOT NULL, 
    area_code TEXT, 
    archive_number TEXT, 
    fonds TEXT, 
    catalogue TEXT, 
    year BIGINT, 
    class_code TEXT, 
    retention_code TEXT, 
    pages BIGINT, 
    made_on DATE, 
    is_withdrawn BOOLEAN NOT NULL, 
    known_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    known_to TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
);
CREATE INDEX archive_item_gone_idx ON star.archive_item (known_to) WHERE known_to <> 'infinity';
CREATE INDEX archive_item_person_no_idx ON star.archive_item (person_no) WHERE known_to = 'infinity';
COMMENT ON TABLE star.archive_item IS 'items of the paper archive';
COMMENT ON COLUMN star.archive_item.person_no IS 'star.entity; 0 while the record is not resolved';
COMMENT ON COLUMN star.archive_item.known_from IS 'refresh that showed the row first';
COMMENT ON COLUMN star.archive_item.known_to IS 'refresh that replaced it';
CREATE TABLE star.base_difference (
    person_no INTEGER NOT NULL, 
    employer_no INTEGER, 
    insurance_code TEXT, 
    area_code TEXT, 
    month DATE NOT NULL, 
    source TEXT NOT NULL, 
    base_amount NUMERIC(14, 2), 
    other_source TEXT NOT NULL, 
    other_base_amount NUMERIC(14, 2), 
    known_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    known_to TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
);
CREATE INDEX base_difference_gone_idx ON star.base_difference (known_to) WHERE known_to <> 'infinity';
CREATE INDEX base_difference_person_no_idx ON star.base_difference (person_no) WHERE known_to = 'infinity';
COMMENT ON TABLE star.base_difference IS 'months for which two departments hold different contribution bases';
COMMENT ON COLUMN star.base_difference.known_from IS 'refresh that showed the row first';
COMMENT ON COLUMN star.base_difference.known_to IS 'refresh that replaced it';
CREATE TABLE star.benefit (
    person_no INTEGER NOT NULL, 
    source TEXT NOT NULL, 
    source_key TEXT NOT NULL, 
    insurance_code TEXT, 
    area_code TEXT, 
    benefit_code TEXT, 
    period_month DATE, 
    start_date DATE, 
    end_date DATE, 
    amount NUMERIC(14, 2), 
    paid_date DATE, 
    is_withdrawn BOOLEAN NOT NULL, 
    known_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    known_to TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
);
CREATE INDEX benefit_gone_idx ON star.benefit (known_to) WHERE known_to <> 'infinity';
CREATE INDEX benefit_period_month_idx ON star.benefit (period_month) WHERE known_to = 'infinity';
CREATE INDEX benefit_person_no_idx ON star.benefit (person_no) WHERE known_to = 'infinity';
COMMENT ON TABLE star.benefit IS 'benefits paid';
COMMENT ON COLUMN star.benefit.person_no IS 'star.entity; 0 while the record is not resolved';
COMMENT ON COLUMN star.benefit.known_from IS 'refresh that showed the row first';
COMMENT ON COLUMN star.benefit.known_to IS 'refresh that replaced it';
CREATE TABLE star.benefit_year (
    person_no INTEGER NOT NULL, 
    source TEXT NOT NULL, 
    insurance_code TEXT, 
    area_code TEXT, 
    benefit_code TEXT, 
    year INTEGER NOT NULL, 
    months INTEGER NOT NULL, 
    twice INTEGER NOT NULL, 
    after_death INTEGER NOT NULL, 
    employed INTEGER NOT NULL, 
    payments INTEGER NOT NULL, 
    amount NUMERIC(14, 2), 
    known_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    known_to TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
);
CREATE INDEX benefit_year_gone_idx ON star.benefit_year (known_to) WHERE known_to <> 'infinity';
CREATE INDEX benefit_year_person_no_idx ON star.benefit_year (person_no) WHERE known_to = 'infinity';
COMMENT ON TABLE star.benefit_year IS 'benefits of a person of one kind in a year, the months as bits';
COMMENT ON COLUMN star.benefit_year.months IS 'bit 0 January … bit 11 December: months paid for';
COMMENT ON COLUMN star.benefit_year.twice IS 'those of them with more than one payment';
COMMENT ON COLUMN star.benefit_year.after_death IS 'months paid for after the month of death';
COMMENT ON COLUMN star.benefit_year.employed IS 'months paid for in which an employer paid contributions for the person';
COMMENT ON COLUMN star.benefit_year.known_from IS 'refresh that showed the row first';
COMMENT ON COLUMN star.benefit_year.known_to IS 'refresh that replaced it';
CREATE TABLE star.contribution (
    person_no INTEGER NOT NULL, 
    source TEXT NOT NULL, 
    source_key TEXT NOT NULL, 
    employer_no INTEGER, 
    insurance_code TEXT, 
    area_code TEXT, 
    period_month DATE, 
    kind_code TEXT, 
    base_amount NUMERIC(14, 2), 
    person_amount NUMERIC(14, 2), 
    employer_amount NUMERIC(14, 2), 
    paid_date DATE, 
    is_withdrawn BOOLEAN NOT NULL, 
    known_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    known_to TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
);
CREATE INDEX contribution_gone_idx ON star.contribution (known_to) WHERE known_to <> 'infinity';
CREATE INDEX contribution_period_month_idx ON star.contribution (period_month) WHERE known_to = 'infinity';
CREATE INDEX contribution_person_no_idx ON star.contribution (person_no) WHERE known_to = 'infinity';
COMMENT ON TABLE star.contribution IS 'contribution lines';
COMMENT ON COLUMN star.contribution.person_no IS 'star.entity; 0 while the record is not resolved';
COMMENT ON COLUMN star.contribution.known_from IS 'refresh that showed the row first';
COMMENT ON COLUMN star.contribution.known_to IS 'refresh that replaced it';
CREATE TABLE star.contribution_gap (
    person_no INTEGER NOT NULL, 
    source TEXT NOT NULL, 
    insurance_code TEXT, 
    area_code TEXT, 
    first_month DATE NOT NULL, 
    last_month DATE NOT NULL, 
    months INTEGER NOT NULL, 
    known_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    known_to TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
);
CREATE INDEX contribution_gap_gone_idx ON star.contribution_gap (known_to) WHERE known_to <> 'infinity';
CREATE INDEX contribution_gap_person_no_idx ON star.contribution_gap (person_no) WHERE known_to = 'infinity';
COMMENT ON TABLE star.contribution_gap IS 'months without a contribution between two paid ones, in the books of one department';
COMMENT ON COLUMN star.contribution_gap.known_from IS 'refresh that showed the row first';
COMMENT ON COLUMN star.contribution_gap.known_to IS 'refresh that replaced it';
CREATE TABLE star.contribution_year (
    person_no INTEGER NOT NULL, 
    employer_no INTEGER, 
    source TEXT NOT NULL, 
    insurance_code TEXT, 
    area_code TEXT, 
    year INTEGER NOT NULL, 
    months INTEGER NOT NULL, 
    lines INTEGER NOT NULL, 
    base_amount NUMERIC(14, 2), 
    person_amount NUMERIC(14, 2), 
    employer_amount NUMERIC(14, 2), 
    known_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    known_to TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
);
CREATE INDEX contribution_year_gone_idx ON star.contribution_year (known_to) WHERE known_to <> 'infinity';
CREATE INDEX contribution_year_person_no_idx ON star.contribution_year (person_no) WHERE known_to = 'infinity';
COMMENT ON TABLE star.contribution_year IS 'contributions of a person in a line and year, the months as bits';
COMMENT ON COLUMN star.contribution_year.months IS 'bit 0 January … bit 11 December: months with more paid than taken back';
COMMENT ON COLUMN star.contribution_year.known_from IS 'refresh that showed the row first';
COMMENT ON COLUMN star.contribution_year.known_to IS 'refresh that replaced it';
CREATE TABLE star.employer (
    employer_no INTEGER NOT NULL, 
    name TEXT, 
    credit_code TEXT, 
    area_code TEXT, 
    kind_code TEXT, 
    records INTEGER NOT NULL, 
    paying_people INTEGER NOT NULL, 
    last_month DATE, 
    known_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    known_to TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
);
CREATE INDEX employer_employer_no_idx ON star.employer (employer_no) WHERE known_to = 'infinity';
CREATE INDEX employer_gone_idx ON star.employer (known_to) WHERE known_to <> 'infinity';
COMMENT ON TABLE star.employer IS 'employers';
COMMENT ON COLUMN star.employer.paying_people IS 'persons with a standing enrolment in state paying';
COMMENT ON COLUMN star.employer.last_month IS 'latest month anything was paid for';
COMMENT ON COLUMN star.employer.known_from IS 'refresh that showed the row first';
COMMENT ON COLUMN star.employer.known_to IS 'refresh that replaced it';
CREATE TABLE star.enrolment (
    person_no INTEGER NOT NULL, 
    source TEXT NOT NULL, 
    source_key TEXT NOT NULL, 
    employer_no INTEGER, 
    insurance_code TEXT, 
    area_code TEXT, 
    status_code TEXT, 
    payment_code TEXT, 
    start_date DATE, 
    end_date DATE, 
    is_withdrawn BOOLEAN NOT NULL, 
    known_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    known_to TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
);
CREATE INDEX enrolment_gone_idx ON star.enrolment (known_to) WHERE known_to <> 'infinity';
CREATE INDEX enrolment_person_no_idx ON star.enrolment (person_no) WHERE known_to = 'infinity';
COMMENT ON TABLE star.enrolment IS 'enrolments';
COMMENT ON COLUMN star.enrolment.person_no IS 'star.entity; 0 while the record is not resolved';
COMMENT ON COLUMN star.enrolment.known_from IS 'refresh that showed the row first';
COMMENT ON COLUMN star.enrolment.known_to IS 'refresh that replaced it';
CREATE TABLE star.entity (
    entity_no INTEGER GENERATED ALWAYS AS IDENTITY, 
    entity_id TEXT NOT NULL, 
    CONSTRAINT entity_pkey PRIMARY KEY (entity_no), 
    CONSTRAINT entity_entity_id_key UNIQUE (entity_id)
);
COMMENT ON TABLE star.entity IS 'whole numbers for the ids of persons and employers; a number is never given again';
CREATE TABLE star.insured (
    month DATE NOT NULL, 
    insurance_code TEXT, 
    area_code TEXT, 
    age_band TEXT NOT NULL, 
    sex_code TEXT NOT NULL, 
    people BIGINT NOT NULL, 
    doubled BIGINT NOT NULL, 
    known_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    known_to TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
);
CREATE INDEX insured_gone_idx ON star.insured (known_to) WHERE known_to <> 'infinity';
CREATE INDEX insured_month_idx ON star.insured (month) WHERE known_to = 'infinity';
COMMENT ON TABLE star.insured IS 'people insured, counted';
COMMENT ON COLUMN star.insured.doubled IS 'those of them who would be counted once less, were every doubtful pair the same person';
COMMENT ON COLUMN star.insured.known_from IS 'refresh that showed the row first';
COMMENT ON COLUMN star.insured.known_to IS 'refresh that replaced it';
CREATE TABLE star.person (
    person_no INTEGER NOT NULL, 
    sex_code TEXT, 
    birth_month TEXT, 
    ethnic_code TEXT, 
    area_code TEXT, 
    death_month TEXT, 
    records INTEGER NOT NULL, 
    sources TEXT[] NOT NULL, 
    lines TEXT[] NOT NULL, 
    drawing TEXT[] NOT NULL, 
    numbers INTEGER NOT NULL, 
    shares INTEGER NOT NULL, 
    agreement NUMERIC(4, 3) NOT NULL, 
    doubts INTEGER NOT NULL, 
    union_no INTEGER NOT NULL, 
    known_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    known_to TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
);
CREATE INDEX person_gone_idx ON star.person (known_to) WHERE known_to <> 'infinity';
CREATE INDEX person_person_no_idx ON star.person (person_no) WHERE known_to = 'infinity';
COMMENT ON TABLE star.person IS 'persons without identifiers';
COMMENT ON COLUMN star.person.lines IS 'insurance lines with a standing enrolment';
COMMENT ON COLUMN star.person.drawing IS 'insurance lines a pension was paid from';
COMMENT ON COLUMN star.person.numbers IS 'different sound identity numbers on the records';
COMMENT ON COLUMN star.person.shares IS 'other persons with one of these numbers';
COMMENT ON COLUMN star.person.agreement IS 'share of the records that carry the person''s commonest sound number';
COMMENT ON COLUMN star.person.doubts IS 'doubtful pairs that wait for a steward and touch the person';
COMMENT ON COLUMN star.person.union_no IS 'least person_no among those the person would be one with, were every doubtful pair the same';
COMMENT ON COLUMN star.person.known_from IS 'refresh that showed the row first';
COMMENT ON COLUMN star.person.known_to IS 'refresh that replaced it';
CREATE TABLE star.record (
    entity TEXT NOT NULL, 
    source TEXT NOT NULL, 
    source_key TEXT NOT NULL, 
    entity_no INTEGER NOT NULL, 
    grade TEXT NOT NULL, 
    number BYTEA, 
    known_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    known_to TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
);
CREATE INDEX record_entity_no_idx ON star.record (entity_no) WHERE known_to = 'infinity';
CREATE INDEX record_gone_idx ON star.record (known_to) WHERE known_to <> 'infinity';
CREATE UNIQUE INDEX record_key_idx ON star.record (source, source_key, entity) WHERE known_to = 'infinity';
CREATE INDEX record_number_idx ON star.record (number) WHERE known_to = 'infinity';
COMMENT ON TABLE star.record IS 'whose each source record is, as shown';
COMMENT ON COLUMN star.record.number IS 'keyed index of its identity number where that is valid and agrees with the record''s birth date and sex';
COMMENT ON COLUMN star.record.known_from IS 'refresh that showed the row first';
COMMENT ON COLUMN star.record.known_to IS 'refresh that replaced it';
CREATE TABLE star.refresh (
    refresh_no BIGINT GENERATED ALWAYS AS IDENTITY, 
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    watermark TIMESTAMP WITH TIME ZONE NOT NULL, 
    counts JSONB NOT NULL, 
    CONSTRAINT refresh_pkey PRIMARY KEY (refresh_no)
);
COMMENT ON TABLE star.refresh IS 'refreshes of the star, each one transaction';
COMMENT ON COLUMN star.refresh.watermark IS 'everything recorded before it is in the star';
COMMENT ON COLUMN star.refresh.counts IS 'persons touched, rows shown and replaced, per table';
CREATE TABLE star.source (
    source TEXT NOT NULL, 
    name_zh TEXT, 
    name_en TEXT, 
    published_at TIMESTAMP WITH TIME ZONE, 
    rows_known BIGINT NOT NULL, 
    rows_waiting BIGINT NOT NULL, 
    records BIGINT NOT NULL, 
    records_doubtful BIGINT NOT NULL, 
    known_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    known_to TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
);
CREATE INDEX source_gone_idx ON star.source (known_to) WHERE known_to <> 'infinity';
CREATE INDEX source_source_idx ON star.source (source) WHERE known_to = 'infinity';
COMMENT ON TABLE star.source IS 'departments and the state of their data';
COMMENT ON COLUMN star.source.rows_known IS 'raw keys the source holds';
COMMENT ON COLUMN star.source.rows_waiting IS 'rows in quarantine';
COMMENT ON COLUMN star.source.records IS 'person records';
COMMENT ON COLUMN star.source.records_doubtful IS 'of those, in a doubtful pair that waits';
COMMENT ON COLUMN star.source.known_from IS 'refresh that showed the row first';
COMMENT ON COLUMN star.source.known_to IS 'refresh that replaced it';
CREATE TABLE access.open_case (
    case_no BIGINT GENERATED ALWAYS AS IDENTITY, 
    project TEXT NOT NULL, 
    answer TEXT NOT NULL, 
    purpose TEXT NOT NULL, 
    officer TEXT NOT NULL, 
    asked_by TEXT NOT NULL, 
    asked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    person_keys TEXT[] NOT NULL, 
    opened_at TIMESTAMP WITH TIME ZONE, 
    closed_at TIMESTAMP WITH TIME ZONE, 
    result JSONB, 
    CONSTRAINT open_case_pkey PRIMARY KEY (case_no), 
    CONSTRAINT open_case_project_fkey FOREIGN KEY(project) REFERENCES access.project (project)
);
COMMENT ON TABLE access.open_case IS 'findings handed to a named officer';
COMMENT ON COLUMN access.open_case.answer IS 'the ready answer it came from';
COMMENT ON COLUMN access.open_case.officer IS 'the account that alone may re-identify';
COMMENT ON COLUMN access.open_case.person_keys IS 'keys of the project, never ids';
COMMENT ON COLUMN access.open_case.opened_at IS 'when the officer saw who they are';
COMMENT ON COLUMN access.open_case.result IS 'outcome -> number of persons; all the analyst gets back';
CREATE INDEX employer_record_recorded_at_idx ON core.employer_record USING brin (recorded_at);
CREATE INDEX employer_record_history_recorded_to_idx ON core.employer_record_history USING brin (recorded_to);
CREATE INDEX person_record_recorded_at_idx ON core.person_record USING brin (recorded_at);
CREATE INDEX person_record_history_recorded_to_idx ON core.person_record_history USING brin (recorded_to);
CREATE INDEX enrolment_recorded_at_idx ON core.enrolment USING brin (recorded_at);
CREATE INDEX enrolment_history_recorded_to_idx ON core.enrolment_history USING brin (recorded_to);
CREATE INDEX contribution_recorded_at_idx ON core.contribution USING brin (recorded_at);
CREATE INDEX contribution_history_recorded_to_idx ON core.contribution_history USING brin (recorded_to);
CREATE INDEX benefit_recorded_at_idx ON core.benefit USING brin (recorded_at);
CREATE INDEX benefit_history_recorded_to_idx ON core.benefit_history USING brin (recorded_to);
CREATE INDEX death_recorded_at_idx ON core.death USING brin (recorded_at);
CREATE INDEX death_history_recorded_to_idx ON core.death_history USING brin (recorded_to);
CREATE INDEX archive_item_recorded_at_idx ON core.archive_item USING brin (recorded_at);
CREATE INDEX archive_item_history_recorded_to_idx ON core.archive_item_history USING brin (recorded_to);
ALTER TABLE access.analyst ADD COLUMN project TEXT;
COMMENT ON COLUMN access.analyst.project IS 'whose person keys they see; null: a reader of published figures only';
insert into access.project (project, purpose, secret, created_by)
select role, 'before there were projects', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), created_by from access.analyst;
update access.analyst set project = role;
ALTER TABLE access.analyst ADD CONSTRAINT analyst_project_fkey FOREIGN KEY (project) REFERENCES access.project (project);
