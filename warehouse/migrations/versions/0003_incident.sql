CREATE TABLE ops.incident (
    incident_id BIGINT GENERATED ALWAYS AS IDENTITY,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT DEFAULT '' NOT NULL,
    en TEXT NOT NULL,
    zh TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    opened_told_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    closed_told_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT incident_pkey PRIMARY KEY (incident_id),
    CONSTRAINT incident_kind_check CHECK (kind in ('late','volume','stopped','failed'))
);
CREATE UNIQUE INDEX incident_open_idx ON ops.incident (source, kind, subject) WHERE closed_at IS NULL;
COMMENT ON TABLE ops.incident IS 'what went wrong with a source and when it was over; each is told once, and its end once';
COMMENT ON COLUMN ops.incident.source IS 'source, or the DAG where it is none';
COMMENT ON COLUMN ops.incident.subject IS 'the batch, where the incident is of one batch';
COMMENT ON COLUMN ops.incident.en IS 'what is wrong, in words; counts only';
