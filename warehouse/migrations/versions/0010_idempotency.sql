CREATE TABLE access.idempotency (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    status SMALLINT,
    answer JSONB,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (account, key)
);
COMMENT ON TABLE access.idempotency IS 'writes of programs done once: the answer, kept under the key the program gave';
COMMENT ON COLUMN access.idempotency.request_hash IS 'SHA-256 of route and body: another request under the same key is refused';
COMMENT ON COLUMN access.idempotency.answer IS 'ids and states, never a value of a person';
create index pair_left_idx on identity.pair (left_source, left_key);
create index pair_right_idx on identity.pair (right_source, right_key);
