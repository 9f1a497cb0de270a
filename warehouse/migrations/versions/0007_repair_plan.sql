ALTER TABLE ops.quarantine ADD COLUMN repair_row BIGINT;
COMMENT ON COLUMN ops.quarantine.repair_row IS 'the row''s number in that batch';
CREATE INDEX quarantine_repair_batch_id_idx ON ops.quarantine (repair_batch_id) WHERE repair_batch_id IS NOT NULL;
ALTER TABLE ops.repair DROP CONSTRAINT repair_batch_id_row_number_fkey;
COMMENT ON TABLE ops.repair IS 'corrections to quarantined rows, append-only; they outlive the refusal, which a replay of its batch writes anew';
CREATE INDEX repair_batch_id_row_number_idx ON ops.repair (batch_id, row_number);
ALTER TABLE ops.repair ADD COLUMN plan_id BIGINT;
COMMENT ON COLUMN ops.repair.plan_id IS 'the bulk repair it is part of';
ALTER TABLE ops.lookup_override ADD COLUMN reason TEXT;
CREATE TABLE ops.repair_plan (
    plan_id BIGINT GENERATED ALWAYS AS IDENTITY,
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    reasons TEXT[] NOT NULL,
    columns TEXT[] NOT NULL,
    sealed BYTEA NOT NULL,
    passing BIGINT NOT NULL,
    failing BIGINT NOT NULL,
    alone BOOLEAN NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    decision TEXT,
    decided_by TEXT,
    decided_reason TEXT,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT repair_plan_pkey PRIMARY KEY (plan_id),
    CONSTRAINT repair_plan_decision_check CHECK (decision in ('approve','reject')),
    CONSTRAINT repair_plan_whole_check CHECK ((decision is null) = (decided_by is null) and (decision is null) = (decided_at is null)),
    CONSTRAINT repair_plan_second_check CHECK (alone or decision is distinct from 'approve' or decided_by <> author)
);
COMMENT ON TABLE ops.repair_plan IS 'bulk repairs of one pattern; above a size a second person approves';
COMMENT ON COLUMN ops.repair_plan.reasons IS 'the pattern: every reason its rows were refused for';
COMMENT ON COLUMN ops.repair_plan.columns IS 'raw columns the steps write';
COMMENT ON COLUMN ops.repair_plan.sealed IS 'the steps, one ciphertext, for they may hold values';
COMMENT ON COLUMN ops.repair_plan.passing IS 'rows that passed mapping and gate in the trial; these are repaired';
COMMENT ON COLUMN ops.repair_plan.failing IS 'rows of the pattern the steps do not make good; left as they are';
COMMENT ON COLUMN ops.repair_plan.alone IS 'small enough to need no second person';
CREATE TABLE ops.repair_plan_row (
    plan_id BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    CONSTRAINT repair_plan_row_pkey PRIMARY KEY (plan_id, batch_id, row_number),
    CONSTRAINT repair_plan_row_plan_id_fkey FOREIGN KEY(plan_id) REFERENCES ops.repair_plan (plan_id)
);
COMMENT ON TABLE ops.repair_plan_row IS 'the rows a bulk repair was tried on and stands for';
