CREATE TABLE identity.saved_list (
    list_id BIGINT GENERATED ALWAYS AS IDENTITY,
    owner TEXT NOT NULL,
    shared BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    filters JSONB NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT saved_list_pkey PRIMARY KEY (list_id)
);
CREATE UNIQUE INDEX saved_list_name_idx ON identity.saved_list (owner, name);
COMMENT ON TABLE identity.saved_list IS 'filters of the queue kept under a name, by a steward for themselves or for all';
COMMENT ON COLUMN identity.saved_list.owner IS 'the steward who keeps it';
COMMENT ON COLUMN identity.saved_list.shared IS 'shown to every steward; only its owner ends it';
COMMENT ON COLUMN identity.saved_list.filters IS 'filter -> value; never a text that was searched';

-- Rows from before have no address index until their record comes anew, or keys are rotated.
ALTER TABLE core.person_record ADD COLUMN address_blind BYTEA;
ALTER TABLE core.person_record_history ADD COLUMN address_blind BYTEA;
COMMENT ON COLUMN core.person_record.address_blind IS 'keyed blind index';
COMMENT ON COLUMN core.person_record_history.address_blind IS 'keyed blind index';
CREATE INDEX person_record_address_blind_idx ON core.person_record (address_blind);
CREATE INDEX person_record_birth_date_idx ON core.person_record (birth_date);
create or replace function ops.refuse_change_of_values() returns trigger language plpgsql as $$
begin
    if to_jsonb(old) - '{sealed,id_number_blind,phone_blind,address_blind}'::text[]
            is distinct from to_jsonb(new) - '{sealed,id_number_blind,phone_blind,address_blind}'::text[] then
        raise exception 'append-only: % may not be changed', tg_table_name;
    end if;
    return new;
end $$;
