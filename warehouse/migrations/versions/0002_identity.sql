-- Generated once from the declared tables as they stood at this revision; later revisions say what changed.
create schema identity;

CREATE TABLE identity.crosswalk (
    entity TEXT NOT NULL,
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    candidate_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    grade TEXT NOT NULL,
    model_version INTEGER NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT crosswalk_pkey PRIMARY KEY (entity, source, source_key)
);
CREATE UNIQUE INDEX crosswalk_candidate_id_idx ON identity.crosswalk (candidate_id);
CREATE INDEX crosswalk_entity_id_idx ON identity.crosswalk (entity_id);
COMMENT ON TABLE identity.crosswalk IS '(entity, source, source_key) -> entity_id: the only place that says whose a record is';
COMMENT ON COLUMN identity.crosswalk.candidate_id IS 'the id this record brings along, from its source and key';
COMMENT ON COLUMN identity.crosswalk.entity_id IS 'whose record it is: the candidate id of the cluster''s oldest record';
COMMENT ON COLUMN identity.crosswalk.grade IS 'of the record''s placement: certain, or judged by a person';

CREATE TABLE identity.crosswalk_history (
    entity TEXT NOT NULL,
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    candidate_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    grade TEXT NOT NULL,
    model_version INTEGER NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    recorded_to TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL
);
CREATE INDEX crosswalk_history_source_source_key_idx ON identity.crosswalk_history (source, source_key);
COMMENT ON TABLE identity.crosswalk_history IS 'placements that were replaced, append-only';
COMMENT ON COLUMN identity.crosswalk_history.candidate_id IS 'the id this record brings along, from its source and key';
COMMENT ON COLUMN identity.crosswalk_history.entity_id IS 'whose record it is: the candidate id of the cluster''s oldest record';
COMMENT ON COLUMN identity.crosswalk_history.grade IS 'of the record''s placement: certain, or judged by a person';

CREATE TABLE identity.golden (
    person_id TEXT NOT NULL,
    name TEXT,
    sex_code TEXT,
    birth_date TEXT,
    ethnic_code TEXT,
    area_code TEXT,
    death_date TEXT,
    sealed BYTEA,
    id_number_blind BYTEA,
    provenance JSONB NOT NULL,
    records INTEGER NOT NULL,
    hash BYTEA NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT golden_pkey PRIMARY KEY (person_id)
);
CREATE INDEX golden_id_number_blind_idx ON identity.golden (id_number_blind);
CREATE INDEX golden_name_idx ON identity.golden (name);
COMMENT ON TABLE identity.golden IS 'the golden record of each person: computed, each value with its provenance';
COMMENT ON COLUMN identity.golden.sealed IS 'id_number, phone, address: one ciphertext';
COMMENT ON COLUMN identity.golden.provenance IS 'field -> source, source_key, batch_id, row_number it came from';
COMMENT ON COLUMN identity.golden.hash IS 'keyed hash of the values, to tell changed persons';

CREATE TABLE identity.judgement (
    judgement_id BIGINT GENERATED ALWAYS AS IDENTITY,
    entity TEXT NOT NULL,
    left_source TEXT NOT NULL,
    left_key TEXT NOT NULL,
    right_source TEXT NOT NULL,
    right_key TEXT NOT NULL,
    verdict TEXT NOT NULL CONSTRAINT judgement_verdict_check CHECK (verdict in ('same','different','unsure')),
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    undoes BIGINT,
    evidence JSONB,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT judgement_pkey PRIMARY KEY (judgement_id),
    CONSTRAINT judgement_undoes_fkey FOREIGN KEY(undoes) REFERENCES identity.judgement (judgement_id),
    CONSTRAINT judgement_undoes_key UNIQUE (undoes)
);
CREATE INDEX judgement_left_source_left_key_idx ON identity.judgement (left_source, left_key);
CREATE INDEX judgement_right_source_right_key_idx ON identity.judgement (right_source, right_key);
COMMENT ON TABLE identity.judgement IS 'what people decided about pairs of records, append-only; outranks every run';
COMMENT ON COLUMN identity.judgement.undoes IS 'the judgement this row takes back';
COMMENT ON COLUMN identity.judgement.evidence IS 'weight, probability and levels as shown when decided';

CREATE TABLE identity.model_version (
    version SERIAL NOT NULL,
    model TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT model_version_state_check CHECK (state in ('proposed','approved','retired')),
    effect JSONB,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT model_version_pkey PRIMARY KEY (version)
);
COMMENT ON TABLE identity.model_version IS 'matching models; the highest approved one is in force';
COMMENT ON COLUMN identity.model_version.model IS 'm/u, term frequencies by keyed hash, narrowed block keys, thresholds; no personal value';
COMMENT ON COLUMN identity.model_version.effect IS 'what the dry run showed: merges, splits, grade changes';

CREATE TABLE identity.pair (
    case_id TEXT NOT NULL,
    entity TEXT NOT NULL,
    left_source TEXT NOT NULL,
    left_key TEXT NOT NULL,
    right_source TEXT NOT NULL,
    right_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    weight DOUBLE PRECISION NOT NULL,
    probability DOUBLE PRECISION NOT NULL,
    levels JSONB NOT NULL,
    model_version INTEGER NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pair_pkey PRIMARY KEY (case_id)
);
COMMENT ON TABLE identity.pair IS 'pairs that wait for a person';
COMMENT ON COLUMN identity.pair.case_id IS 'stable for the two records';
COMMENT ON COLUMN identity.pair.kind IS 'possible, two_numbers, shared_number, bridge';
COMMENT ON COLUMN identity.pair.weight IS 'log2 odds from the evidence';
COMMENT ON COLUMN identity.pair.levels IS 'comparison -> level';

CREATE TABLE identity.run (
    run_id BIGINT GENERATED ALWAYS AS IDENTITY,
    state_key TEXT NOT NULL,
    model_version INTEGER NOT NULL,
    counts JSONB NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT run_pkey PRIMARY KEY (run_id)
);
COMMENT ON TABLE identity.run IS 'runs of resolve';
COMMENT ON COLUMN identity.run.state_key IS 'what the run rested on: batches, judgements and model; the same again is a no-op';


create trigger append_only before update or delete or truncate on identity.crosswalk_history for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on identity.judgement for each statement execute function ops.refuse_change();
