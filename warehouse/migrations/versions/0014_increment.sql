ALTER TABLE identity.run ADD COLUMN watermark TIMESTAMP WITH TIME ZONE;
ALTER TABLE identity.run ADD COLUMN judgement_id BIGINT;
ALTER TABLE identity.run ADD COLUMN trust TEXT;
COMMENT ON COLUMN identity.run.watermark IS 'everything stamped before this instant is in it; the next run looks from here on';
COMMENT ON COLUMN identity.run.judgement_id IS 'the latest judgement it knew';
COMMENT ON COLUMN identity.run.trust IS 'digest of how far each source was believed';

CREATE TABLE identity.aged (
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL
);
CREATE INDEX aged_recorded_at_idx ON identity.aged USING brin (recorded_at);
COMMENT ON TABLE identity.aged IS 'person records that an older interval, loaded later, showed to be older: their id may be another';

CREATE INDEX person_record_source_employer_key_idx ON core.person_record (source, employer_key);
