-- Generated once from the declared tables as they stood at this revision; later revisions say what changed.
create schema core;

CREATE TABLE core.archive_item (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    person_key TEXT,
    archive_number TEXT,
    fonds TEXT,
    catalogue TEXT,
    year BIGINT,
    class_code TEXT,
    retention_code TEXT,
    item_no TEXT,
    title TEXT,
    pages BIGINT,
    made_on DATE,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT archive_item_pkey PRIMARY KEY (source, source_key)
);
CREATE INDEX archive_item_source_person_key_idx ON core.archive_item (source, person_key);
COMMENT ON TABLE core.archive_item IS '档案条目: one item of the paper archive (DA/T 22, GB/T 18894)';
COMMENT ON COLUMN core.archive_item.person_key IS 'source key of the person record';
COMMENT ON COLUMN core.archive_item.archive_number IS 'archive number, unique';
COMMENT ON COLUMN core.archive_item.fonds IS 'fonds';
COMMENT ON COLUMN core.archive_item.catalogue IS 'catalogue';
COMMENT ON COLUMN core.archive_item.year IS 'year of the item';
COMMENT ON COLUMN core.archive_item.class_code IS 'class';
COMMENT ON COLUMN core.archive_item.retention_code IS 'retention: permanent, or years';
COMMENT ON COLUMN core.archive_item.item_no IS 'item number';
COMMENT ON COLUMN core.archive_item.title IS 'title';
COMMENT ON COLUMN core.archive_item.pages IS 'pages';
COMMENT ON COLUMN core.archive_item.made_on IS 'day of the document';
COMMENT ON COLUMN core.archive_item.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.archive_item.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.archive_item.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.archive_item.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.archive_item.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.archive_item.refused_newer IS 'a newer version waits in quarantine';

CREATE TABLE core.archive_item_history (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    person_key TEXT,
    archive_number TEXT,
    fonds TEXT,
    catalogue TEXT,
    year BIGINT,
    class_code TEXT,
    retention_code TEXT,
    item_no TEXT,
    title TEXT,
    pages BIGINT,
    made_on DATE,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    recorded_to TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL
);
CREATE INDEX archive_item_history_source_source_key_idx ON core.archive_item_history (source, source_key);
COMMENT ON TABLE core.archive_item_history IS '档案条目: versions replaced, append-only';
COMMENT ON COLUMN core.archive_item_history.person_key IS 'source key of the person record';
COMMENT ON COLUMN core.archive_item_history.archive_number IS 'archive number, unique';
COMMENT ON COLUMN core.archive_item_history.fonds IS 'fonds';
COMMENT ON COLUMN core.archive_item_history.catalogue IS 'catalogue';
COMMENT ON COLUMN core.archive_item_history.year IS 'year of the item';
COMMENT ON COLUMN core.archive_item_history.class_code IS 'class';
COMMENT ON COLUMN core.archive_item_history.retention_code IS 'retention: permanent, or years';
COMMENT ON COLUMN core.archive_item_history.item_no IS 'item number';
COMMENT ON COLUMN core.archive_item_history.title IS 'title';
COMMENT ON COLUMN core.archive_item_history.pages IS 'pages';
COMMENT ON COLUMN core.archive_item_history.made_on IS 'day of the document';
COMMENT ON COLUMN core.archive_item_history.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.archive_item_history.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.archive_item_history.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.archive_item_history.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.archive_item_history.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.archive_item_history.refused_newer IS 'a newer version waits in quarantine';
COMMENT ON COLUMN core.archive_item_history.recorded_to IS 'when the next version replaced this one';

CREATE TABLE core.benefit (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    person_key TEXT,
    insurance_code TEXT,
    benefit_code TEXT,
    period_month DATE,
    start_date DATE,
    end_date DATE,
    amount NUMERIC(14, 2),
    paid_date DATE,
    area_code TEXT,
    sealed BYTEA,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT benefit_pkey PRIMARY KEY (source, source_key)
);
CREATE INDEX benefit_source_person_key_idx ON core.benefit (source, person_key);
COMMENT ON TABLE core.benefit IS '待遇支付: one benefit paid for one month or event';
COMMENT ON COLUMN core.benefit.person_key IS 'source key of the person record';
COMMENT ON COLUMN core.benefit.insurance_code IS 'insurance line';
COMMENT ON COLUMN core.benefit.benefit_code IS 'kind of benefit';
COMMENT ON COLUMN core.benefit.period_month IS 'month it is for';
COMMENT ON COLUMN core.benefit.start_date IS 'first day of the period';
COMMENT ON COLUMN core.benefit.end_date IS 'last day of the period';
COMMENT ON COLUMN core.benefit.amount IS 'yuan';
COMMENT ON COLUMN core.benefit.paid_date IS 'day paid';
COMMENT ON COLUMN core.benefit.area_code IS 'pooling area';
COMMENT ON COLUMN core.benefit.sealed IS 'personal fields, one ciphertext';
COMMENT ON COLUMN core.benefit.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.benefit.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.benefit.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.benefit.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.benefit.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.benefit.refused_newer IS 'a newer version waits in quarantine';

CREATE TABLE core.benefit_history (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    person_key TEXT,
    insurance_code TEXT,
    benefit_code TEXT,
    period_month DATE,
    start_date DATE,
    end_date DATE,
    amount NUMERIC(14, 2),
    paid_date DATE,
    area_code TEXT,
    sealed BYTEA,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    recorded_to TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL
);
CREATE INDEX benefit_history_source_source_key_idx ON core.benefit_history (source, source_key);
COMMENT ON TABLE core.benefit_history IS '待遇支付: versions replaced, append-only';
COMMENT ON COLUMN core.benefit_history.person_key IS 'source key of the person record';
COMMENT ON COLUMN core.benefit_history.insurance_code IS 'insurance line';
COMMENT ON COLUMN core.benefit_history.benefit_code IS 'kind of benefit';
COMMENT ON COLUMN core.benefit_history.period_month IS 'month it is for';
COMMENT ON COLUMN core.benefit_history.start_date IS 'first day of the period';
COMMENT ON COLUMN core.benefit_history.end_date IS 'last day of the period';
COMMENT ON COLUMN core.benefit_history.amount IS 'yuan';
COMMENT ON COLUMN core.benefit_history.paid_date IS 'day paid';
COMMENT ON COLUMN core.benefit_history.area_code IS 'pooling area';
COMMENT ON COLUMN core.benefit_history.sealed IS 'personal fields, one ciphertext';
COMMENT ON COLUMN core.benefit_history.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.benefit_history.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.benefit_history.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.benefit_history.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.benefit_history.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.benefit_history.refused_newer IS 'a newer version waits in quarantine';
COMMENT ON COLUMN core.benefit_history.recorded_to IS 'when the next version replaced this one';

CREATE TABLE core.contribution (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    person_key TEXT,
    employer_key TEXT,
    insurance_code TEXT,
    period_month DATE,
    base_amount NUMERIC(14, 2),
    person_amount NUMERIC(14, 2),
    employer_amount NUMERIC(14, 2),
    kind_code TEXT,
    paid_date DATE,
    area_code TEXT,
    reverses_key TEXT,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT contribution_pkey PRIMARY KEY (source, source_key)
);
CREATE INDEX contribution_source_person_key_idx ON core.contribution (source, person_key);
COMMENT ON TABLE core.contribution IS '缴费明细: one contribution line, as in a ledger: corrections are further lines';
COMMENT ON COLUMN core.contribution.person_key IS 'source key of the person record';
COMMENT ON COLUMN core.contribution.employer_key IS 'source key of the employer record';
COMMENT ON COLUMN core.contribution.insurance_code IS 'insurance line';
COMMENT ON COLUMN core.contribution.period_month IS 'month it is for';
COMMENT ON COLUMN core.contribution.base_amount IS 'contribution base, yuan';
COMMENT ON COLUMN core.contribution.person_amount IS 'person''s part, yuan';
COMMENT ON COLUMN core.contribution.employer_amount IS 'employer''s part, yuan';
COMMENT ON COLUMN core.contribution.kind_code IS 'normal, arrears, refund, reversal';
COMMENT ON COLUMN core.contribution.paid_date IS 'day received';
COMMENT ON COLUMN core.contribution.area_code IS 'pooling area';
COMMENT ON COLUMN core.contribution.reverses_key IS 'line this one reverses';
COMMENT ON COLUMN core.contribution.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.contribution.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.contribution.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.contribution.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.contribution.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.contribution.refused_newer IS 'a newer version waits in quarantine';

CREATE TABLE core.contribution_history (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    person_key TEXT,
    employer_key TEXT,
    insurance_code TEXT,
    period_month DATE,
    base_amount NUMERIC(14, 2),
    person_amount NUMERIC(14, 2),
    employer_amount NUMERIC(14, 2),
    kind_code TEXT,
    paid_date DATE,
    area_code TEXT,
    reverses_key TEXT,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    recorded_to TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL
);
CREATE INDEX contribution_history_source_source_key_idx ON core.contribution_history (source, source_key);
COMMENT ON TABLE core.contribution_history IS '缴费明细: versions replaced, append-only';
COMMENT ON COLUMN core.contribution_history.person_key IS 'source key of the person record';
COMMENT ON COLUMN core.contribution_history.employer_key IS 'source key of the employer record';
COMMENT ON COLUMN core.contribution_history.insurance_code IS 'insurance line';
COMMENT ON COLUMN core.contribution_history.period_month IS 'month it is for';
COMMENT ON COLUMN core.contribution_history.base_amount IS 'contribution base, yuan';
COMMENT ON COLUMN core.contribution_history.person_amount IS 'person''s part, yuan';
COMMENT ON COLUMN core.contribution_history.employer_amount IS 'employer''s part, yuan';
COMMENT ON COLUMN core.contribution_history.kind_code IS 'normal, arrears, refund, reversal';
COMMENT ON COLUMN core.contribution_history.paid_date IS 'day received';
COMMENT ON COLUMN core.contribution_history.area_code IS 'pooling area';
COMMENT ON COLUMN core.contribution_history.reverses_key IS 'line this one reverses';
COMMENT ON COLUMN core.contribution_history.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.contribution_history.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.contribution_history.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.contribution_history.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.contribution_history.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.contribution_history.refused_newer IS 'a newer version waits in quarantine';
COMMENT ON COLUMN core.contribution_history.recorded_to IS 'when the next version replaced this one';

CREATE TABLE core.death (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    person_key TEXT,
    death_date TEXT,
    registered_date DATE,
    area_code TEXT,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT death_pkey PRIMARY KEY (source, source_key)
);
CREATE INDEX death_source_person_key_idx ON core.death (source, person_key);
COMMENT ON TABLE core.death IS '死亡登记: a death as one source reports it';
COMMENT ON COLUMN core.death.person_key IS 'source key of the person record';
COMMENT ON COLUMN core.death.death_date IS 'day of death as known';
COMMENT ON COLUMN core.death.registered_date IS 'day of registration';
COMMENT ON COLUMN core.death.area_code IS 'division';
COMMENT ON COLUMN core.death.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.death.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.death.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.death.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.death.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.death.refused_newer IS 'a newer version waits in quarantine';

CREATE TABLE core.death_history (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    person_key TEXT,
    death_date TEXT,
    registered_date DATE,
    area_code TEXT,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    recorded_to TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL
);
CREATE INDEX death_history_source_source_key_idx ON core.death_history (source, source_key);
COMMENT ON TABLE core.death_history IS '死亡登记: versions replaced, append-only';
COMMENT ON COLUMN core.death_history.person_key IS 'source key of the person record';
COMMENT ON COLUMN core.death_history.death_date IS 'day of death as known';
COMMENT ON COLUMN core.death_history.registered_date IS 'day of registration';
COMMENT ON COLUMN core.death_history.area_code IS 'division';
COMMENT ON COLUMN core.death_history.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.death_history.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.death_history.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.death_history.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.death_history.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.death_history.refused_newer IS 'a newer version waits in quarantine';
COMMENT ON COLUMN core.death_history.recorded_to IS 'when the next version replaced this one';

CREATE TABLE core.employer_record (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    name TEXT,
    credit_code TEXT,
    area_code TEXT,
    kind_code TEXT,
    address TEXT,
    updated_on DATE,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT employer_record_pkey PRIMARY KEY (source, source_key)
);
COMMENT ON TABLE core.employer_record IS '单位记录: an employer as one source knows it';
COMMENT ON COLUMN core.employer_record.name IS 'name as written';
COMMENT ON COLUMN core.employer_record.credit_code IS 'unified social credit code';
COMMENT ON COLUMN core.employer_record.area_code IS 'division';
COMMENT ON COLUMN core.employer_record.kind_code IS 'kind of employer';
COMMENT ON COLUMN core.employer_record.address IS 'business address';
COMMENT ON COLUMN core.employer_record.updated_on IS 'when the source last changed the row';
COMMENT ON COLUMN core.employer_record.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.employer_record.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.employer_record.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.employer_record.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.employer_record.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.employer_record.refused_newer IS 'a newer version waits in quarantine';

CREATE TABLE core.employer_record_history (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    name TEXT,
    credit_code TEXT,
    area_code TEXT,
    kind_code TEXT,
    address TEXT,
    updated_on DATE,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    recorded_to TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL
);
CREATE INDEX employer_record_history_source_source_key_idx ON core.employer_record_history (source, source_key);
COMMENT ON TABLE core.employer_record_history IS '单位记录: versions replaced, append-only';
COMMENT ON COLUMN core.employer_record_history.name IS 'name as written';
COMMENT ON COLUMN core.employer_record_history.credit_code IS 'unified social credit code';
COMMENT ON COLUMN core.employer_record_history.area_code IS 'division';
COMMENT ON COLUMN core.employer_record_history.kind_code IS 'kind of employer';
COMMENT ON COLUMN core.employer_record_history.address IS 'business address';
COMMENT ON COLUMN core.employer_record_history.updated_on IS 'when the source last changed the row';
COMMENT ON COLUMN core.employer_record_history.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.employer_record_history.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.employer_record_history.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.employer_record_history.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.employer_record_history.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.employer_record_history.refused_newer IS 'a newer version waits in quarantine';
COMMENT ON COLUMN core.employer_record_history.recorded_to IS 'when the next version replaced this one';

CREATE TABLE core.enrolment (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    person_key TEXT,
    employer_key TEXT,
    insurance_code TEXT,
    area_code TEXT,
    status_code TEXT,
    payment_code TEXT,
    start_date DATE,
    end_date DATE,
    updated_on DATE,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT enrolment_pkey PRIMARY KEY (source, source_key)
);
CREATE INDEX enrolment_source_person_key_idx ON core.enrolment (source, person_key);
COMMENT ON TABLE core.enrolment IS '参保登记: one person in one insurance line over one period';
COMMENT ON COLUMN core.enrolment.person_key IS 'source key of the person record';
COMMENT ON COLUMN core.enrolment.employer_key IS 'source key of the employer record';
COMMENT ON COLUMN core.enrolment.insurance_code IS 'insurance line';
COMMENT ON COLUMN core.enrolment.area_code IS 'pooling area';
COMMENT ON COLUMN core.enrolment.status_code IS 'enrolled, suspended, ended';
COMMENT ON COLUMN core.enrolment.payment_code IS 'paying, suspended, ended';
COMMENT ON COLUMN core.enrolment.start_date IS 'first day';
COMMENT ON COLUMN core.enrolment.end_date IS 'last day';
COMMENT ON COLUMN core.enrolment.updated_on IS 'when the source last changed the row';
COMMENT ON COLUMN core.enrolment.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.enrolment.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.enrolment.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.enrolment.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.enrolment.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.enrolment.refused_newer IS 'a newer version waits in quarantine';

CREATE TABLE core.enrolment_history (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    person_key TEXT,
    employer_key TEXT,
    insurance_code TEXT,
    area_code TEXT,
    status_code TEXT,
    payment_code TEXT,
    start_date DATE,
    end_date DATE,
    updated_on DATE,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    recorded_to TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL
);
CREATE INDEX enrolment_history_source_source_key_idx ON core.enrolment_history (source, source_key);
COMMENT ON TABLE core.enrolment_history IS '参保登记: versions replaced, append-only';
COMMENT ON COLUMN core.enrolment_history.person_key IS 'source key of the person record';
COMMENT ON COLUMN core.enrolment_history.employer_key IS 'source key of the employer record';
COMMENT ON COLUMN core.enrolment_history.insurance_code IS 'insurance line';
COMMENT ON COLUMN core.enrolment_history.area_code IS 'pooling area';
COMMENT ON COLUMN core.enrolment_history.status_code IS 'enrolled, suspended, ended';
COMMENT ON COLUMN core.enrolment_history.payment_code IS 'paying, suspended, ended';
COMMENT ON COLUMN core.enrolment_history.start_date IS 'first day';
COMMENT ON COLUMN core.enrolment_history.end_date IS 'last day';
COMMENT ON COLUMN core.enrolment_history.updated_on IS 'when the source last changed the row';
COMMENT ON COLUMN core.enrolment_history.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.enrolment_history.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.enrolment_history.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.enrolment_history.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.enrolment_history.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.enrolment_history.refused_newer IS 'a newer version waits in quarantine';
COMMENT ON COLUMN core.enrolment_history.recorded_to IS 'when the next version replaced this one';

CREATE TABLE core.person_record (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    name TEXT,
    former_name TEXT,
    id_type_code TEXT,
    sex_code TEXT,
    birth_date TEXT,
    ethnic_code TEXT,
    area_code TEXT,
    employer_name TEXT,
    employer_key TEXT,
    status_code TEXT,
    updated_on DATE,
    sealed BYTEA,
    id_number_blind BYTEA,
    phone_blind BYTEA,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT person_record_pkey PRIMARY KEY (source, source_key)
);
CREATE INDEX person_record_id_number_blind_idx ON core.person_record (id_number_blind);
CREATE INDEX person_record_phone_blind_idx ON core.person_record (phone_blind);
COMMENT ON TABLE core.person_record IS '人员记录: a person as one source knows them';
COMMENT ON COLUMN core.person_record.name IS 'name as written, cleaned of padding only';
COMMENT ON COLUMN core.person_record.former_name IS 'an earlier name';
COMMENT ON COLUMN core.person_record.id_type_code IS 'kind of document (see hub.id_type)';
COMMENT ON COLUMN core.person_record.sex_code IS 'sex';
COMMENT ON COLUMN core.person_record.birth_date IS 'birth date as known, to its precision';
COMMENT ON COLUMN core.person_record.ethnic_code IS 'ethnic group';
COMMENT ON COLUMN core.person_record.area_code IS 'division where insured or registered';
COMMENT ON COLUMN core.person_record.employer_name IS 'employer as written beside the person';
COMMENT ON COLUMN core.person_record.employer_key IS 'source key of the employer record';
COMMENT ON COLUMN core.person_record.status_code IS 'state at the source';
COMMENT ON COLUMN core.person_record.updated_on IS 'when the source last changed the row';
COMMENT ON COLUMN core.person_record.sealed IS 'personal fields, one ciphertext';
COMMENT ON COLUMN core.person_record.id_number_blind IS 'keyed blind index';
COMMENT ON COLUMN core.person_record.phone_blind IS 'keyed blind index';
COMMENT ON COLUMN core.person_record.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.person_record.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.person_record.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.person_record.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.person_record.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.person_record.refused_newer IS 'a newer version waits in quarantine';

CREATE TABLE core.person_record_history (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    name TEXT,
    former_name TEXT,
    id_type_code TEXT,
    sex_code TEXT,
    birth_date TEXT,
    ethnic_code TEXT,
    area_code TEXT,
    employer_name TEXT,
    employer_key TEXT,
    status_code TEXT,
    updated_on DATE,
    sealed BYTEA,
    id_number_blind BYTEA,
    phone_blind BYTEA,
    derived BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    ended_sequence BIGINT,
    refused_newer BOOLEAN DEFAULT false NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    recorded_to TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL
);
CREATE INDEX person_record_history_source_source_key_idx ON core.person_record_history (source, source_key);
COMMENT ON TABLE core.person_record_history IS '人员记录: versions replaced, append-only';
COMMENT ON COLUMN core.person_record_history.name IS 'name as written, cleaned of padding only';
COMMENT ON COLUMN core.person_record_history.former_name IS 'an earlier name';
COMMENT ON COLUMN core.person_record_history.id_type_code IS 'kind of document (see hub.id_type)';
COMMENT ON COLUMN core.person_record_history.sex_code IS 'sex';
COMMENT ON COLUMN core.person_record_history.birth_date IS 'birth date as known, to its precision';
COMMENT ON COLUMN core.person_record_history.ethnic_code IS 'ethnic group';
COMMENT ON COLUMN core.person_record_history.area_code IS 'division where insured or registered';
COMMENT ON COLUMN core.person_record_history.employer_name IS 'employer as written beside the person';
COMMENT ON COLUMN core.person_record_history.employer_key IS 'source key of the employer record';
COMMENT ON COLUMN core.person_record_history.status_code IS 'state at the source';
COMMENT ON COLUMN core.person_record_history.updated_on IS 'when the source last changed the row';
COMMENT ON COLUMN core.person_record_history.sealed IS 'personal fields, one ciphertext';
COMMENT ON COLUMN core.person_record_history.id_number_blind IS 'keyed blind index';
COMMENT ON COLUMN core.person_record_history.phone_blind IS 'keyed blind index';
COMMENT ON COLUMN core.person_record_history.derived IS 'made from rows of something else, as a person from tax lines';
COMMENT ON COLUMN core.person_record_history.hash IS 'keyed hash of the canonical values';
COMMENT ON COLUMN core.person_record_history.sequence IS 'batch sequence of this version';
COMMENT ON COLUMN core.person_record_history.first_sequence IS 'oldest batch the record came with; its age for person_id';
COMMENT ON COLUMN core.person_record_history.ended_sequence IS 'batch in which the key was gone from the source';
COMMENT ON COLUMN core.person_record_history.refused_newer IS 'a newer version waits in quarantine';
COMMENT ON COLUMN core.person_record_history.recorded_to IS 'when the next version replaced this one';

CREATE TABLE ops.batch (
    batch_id TEXT NOT NULL,
    source TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    kind TEXT NOT NULL CONSTRAINT batch_kind_check CHECK (kind in ('run','backfill','repair')),
    state TEXT NOT NULL CONSTRAINT batch_state_check CHECK (state in ('extracting','landed','mapped','stopped','approved','passed','published','rejected')),
    interval_start TIMESTAMP WITH TIME ZONE,
    interval_end TIMESTAMP WITH TIME ZONE,
    mapping_hash TEXT,
    override_id BIGINT,
    metrics JSONB,
    replay INTEGER DEFAULT 0 NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT batch_pkey PRIMARY KEY (batch_id),
    CONSTRAINT batch_source_sequence_key UNIQUE (source, sequence)
);
COMMENT ON TABLE ops.batch IS 'one extraction of one source';
COMMENT ON COLUMN ops.batch.sequence IS 'order within the source; for dated sources YYYYMMDDnn of the interval';
COMMENT ON COLUMN ops.batch.mapping_hash IS 'SHA-256 of the source file the staged records were made with';
COMMENT ON COLUMN ops.batch.override_id IS 'last code mapping from the console that was used';
COMMENT ON COLUMN ops.batch.metrics IS 'what the gate observed: counts and shares only';
COMMENT ON COLUMN ops.batch.replay IS 'times published again through a new mapping';

CREATE TABLE ops.finding (
    source TEXT NOT NULL,
    entity TEXT NOT NULL,
    source_key TEXT NOT NULL,
    field TEXT NOT NULL,
    code TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    CONSTRAINT finding_pkey PRIMARY KEY (source, entity, source_key, field, code)
);
COMMENT ON TABLE ops.finding IS 'quality findings on the current version of accepted records';

CREATE TABLE ops.lookup_override (
    override_id BIGINT GENERATED ALWAYS AS IDENTITY,
    source TEXT NOT NULL,
    lookup TEXT NOT NULL,
    value TEXT NOT NULL,
    code TEXT NOT NULL,
    author TEXT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT lookup_override_pkey PRIMARY KEY (override_id)
);
COMMENT ON TABLE ops.lookup_override IS 'code mappings made by people, append-only; the latest of a value wins';

CREATE TABLE ops.raw_key (
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    row_key TEXT NOT NULL,
    first_sequence BIGINT NOT NULL,
    ended_sequence BIGINT,
    CONSTRAINT raw_key_pkey PRIMARY KEY (source, stream, row_key)
);
COMMENT ON TABLE ops.raw_key IS 'keys a source is known to hold, judged before mapping and gate';

CREATE TABLE ops.unknown_code (
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    lookup TEXT NOT NULL,
    value_blind BYTEA NOT NULL,
    value_sealed BYTEA NOT NULL,
    rows BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    CONSTRAINT unknown_code_pkey PRIMARY KEY (source, stream, lookup, value_blind)
);
COMMENT ON TABLE ops.unknown_code IS 'work list of codes no lookup explains';
COMMENT ON COLUMN ops.unknown_code.value_sealed IS 'sealed, for a misplaced column may hold anything';
COMMENT ON COLUMN ops.unknown_code.batch_id IS 'batch that showed it last';

CREATE TABLE ops.watermark (
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    value TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    CONSTRAINT watermark_pkey PRIMARY KEY (source, stream)
);
COMMENT ON TABLE ops.watermark IS 'where the next extraction of a cursor source begins';
COMMENT ON COLUMN ops.watermark.value IS 'highest cursor value of the published batches, as the source writes it';

CREATE TABLE ops.absence (
    batch_id TEXT NOT NULL,
    replay INTEGER NOT NULL,
    stream TEXT NOT NULL,
    known BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    ended BIGINT NOT NULL,
    "new" BIGINT NOT NULL,
    CONSTRAINT absence_pkey PRIMARY KEY (batch_id, replay, stream),
    CONSTRAINT absence_balance_check CHECK (known = seen + ended),
    CONSTRAINT absence_batch_id_fkey FOREIGN KEY(batch_id) REFERENCES ops.batch (batch_id)
);
COMMENT ON TABLE ops.absence IS 'the second balance: keys known = seen + ended';
COMMENT ON COLUMN ops.absence.known IS 'keys open before this batch';
COMMENT ON COLUMN ops.absence.seen IS 'of those, still at the source';
COMMENT ON COLUMN ops.absence.ended IS 'of those, gone';
COMMENT ON COLUMN ops.absence.new IS 'keys not known before';

CREATE TABLE ops.gate_decision (
    batch_id TEXT NOT NULL,
    stops JSONB NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    decision TEXT CONSTRAINT gate_decision_decision_check CHECK (decision in ('approve','reject')),
    author TEXT,
    reason TEXT,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT gate_decision_pkey PRIMARY KEY (batch_id),
    CONSTRAINT gate_decision_whole_check CHECK ((decision is null) = (author is null) and (decision is null) = (reason is null)),
    CONSTRAINT gate_decision_batch_id_fkey FOREIGN KEY(batch_id) REFERENCES ops.batch (batch_id)
);
COMMENT ON TABLE ops.gate_decision IS 'a stopped batch and the person''s decision';
COMMENT ON COLUMN ops.gate_decision.stops IS 'why the gate stopped: codes and counts only';

CREATE TABLE ops.ledger (
    batch_id TEXT NOT NULL,
    replay INTEGER NOT NULL,
    stream TEXT NOT NULL,
    extracted BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    superseded BIGINT NOT NULL,
    out_of_scope BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT ledger_pkey PRIMARY KEY (batch_id, replay, stream),
    CONSTRAINT ledger_balance_check CHECK (extracted = accepted + quarantined + unchanged + superseded + out_of_scope),
    CONSTRAINT ledger_batch_id_fkey FOREIGN KEY(batch_id) REFERENCES ops.batch (batch_id)
);
COMMENT ON TABLE ops.ledger IS 'per stream of a batch: every extracted row in exactly one state';

CREATE TABLE ops.quarantine (
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    row_key TEXT,
    reasons TEXT[] NOT NULL,
    raw BYTEA NOT NULL,
    raw_hash BYTEA NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL CONSTRAINT quarantine_state_check CHECK (state in ('open','superseded','resolved','replayed')),
    repair_batch_id TEXT,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT quarantine_pkey PRIMARY KEY (batch_id, row_number),
    CONSTRAINT quarantine_batch_id_fkey FOREIGN KEY(batch_id) REFERENCES ops.batch (batch_id)
);
CREATE INDEX quarantine_source_stream_row_key_idx ON ops.quarantine (source, stream, row_key) WHERE state = 'open';
COMMENT ON TABLE ops.quarantine IS 'refused rows: every reason and the sealed raw row, repairable and replayable';
COMMENT ON COLUMN ops.quarantine.row_key IS 'null where the row has no readable key';
COMMENT ON COLUMN ops.quarantine.reasons IS 'entity.field:code, every one';
COMMENT ON COLUMN ops.quarantine.raw IS 'the raw row as received, one ciphertext';
COMMENT ON COLUMN ops.quarantine.raw_hash IS 'keyed hash of the raw row';
COMMENT ON COLUMN ops.quarantine.repair_batch_id IS 'the batch that replayed the row';

CREATE TABLE ops.repair (
    repair_id BIGINT GENERATED ALWAYS AS IDENTITY,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT repair_pkey PRIMARY KEY (repair_id),
    CONSTRAINT repair_batch_id_row_number_fkey FOREIGN KEY(batch_id, row_number) REFERENCES ops.quarantine (batch_id, row_number)
);
COMMENT ON TABLE ops.repair IS 'corrections to quarantined rows, append-only';
COMMENT ON COLUMN ops.repair.sealed IS 'column -> corrected text, one ciphertext; the original stays';

create function ops.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'append-only: % may not be changed', tg_table_name;
end $$;

create trigger append_only before update or delete or truncate on core.archive_item_history for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on core.benefit_history for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on core.contribution_history for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on core.death_history for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on core.employer_record_history for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on core.enrolment_history for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on core.person_record_history for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on ops.lookup_override for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on ops.repair for each statement execute function ops.refuse_change();
