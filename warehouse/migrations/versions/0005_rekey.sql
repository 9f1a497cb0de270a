CREATE TABLE identity.rekey (
    source TEXT NOT NULL,
    entity TEXT NOT NULL,
    old_key TEXT NOT NULL,
    new_key TEXT NOT NULL,
    origin_key TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT rekey_pkey PRIMARY KEY (source, entity, new_key)
);
CREATE INDEX rekey_source_entity_old_key_idx ON identity.rekey (source, entity, old_key);
COMMENT ON TABLE identity.rekey IS 'same row, corrected key: ids and judgements go along with the record';
COMMENT ON COLUMN identity.rekey.origin_key IS 'the first key the record had; its candidate id rests on it';
COMMENT ON COLUMN identity.rekey.sequence IS 'batch that corrected the key';
create trigger append_only before update or delete or truncate on identity.rekey for each statement execute function ops.refuse_change();
