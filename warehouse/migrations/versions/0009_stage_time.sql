-- What stages of the flow cost (warehouse/stage_times.py).
CREATE TABLE ops.stage_time (
    stage_time_id BIGINT GENERATED ALWAYS AS IDENTITY,
    stage TEXT NOT NULL,
    cpu_seconds DOUBLE PRECISION NOT NULL,
    sealing_seconds DOUBLE PRECISION NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT stage_time_pkey PRIMARY KEY (stage_time_id)
);
COMMENT ON TABLE ops.stage_time IS 'CPU seconds of each call of a stage';
COMMENT ON COLUMN ops.stage_time.sealing_seconds IS 'of them: sealing, opening, keyed hashes';
