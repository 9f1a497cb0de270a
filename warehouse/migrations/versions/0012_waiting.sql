CREATE TABLE identity.waiting (
    case_id TEXT NOT NULL,
    entity TEXT NOT NULL,
    kind TEXT NOT NULL,
    weight DOUBLE PRECISION NOT NULL,
    value SMALLINT NOT NULL,
    money NUMERIC(14, 2) NOT NULL,
    since TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    areas TEXT[] NOT NULL,
    lines TEXT[] NOT NULL,
    sources TEXT[] NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL CONSTRAINT waiting_state_check CHECK (state in ('open','unsure','documents','second','decided')),
    routed_to TEXT,
    escalated BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT waiting_pkey PRIMARY KEY (case_id)
);
CREATE INDEX waiting_queue_idx ON identity.waiting (value, case_id) WHERE state <> 'decided';
CREATE INDEX waiting_routed_to_idx ON identity.waiting (routed_to);
COMMENT ON TABLE identity.waiting IS 'cases as a queue; `state` follows judgements, proposals and pairs by triggers';
COMMENT ON COLUMN identity.waiting.value IS '0 to 100: how hard to decide, how much money, how long it waits; the order of the queue';
COMMENT ON COLUMN identity.waiting.money IS 'yuan a month in payment to the persons it is about';
COMMENT ON COLUMN identity.waiting.since IS 'when a run first found it';
COMMENT ON COLUMN identity.waiting.areas IS 'of its records; routes the case';
COMMENT ON COLUMN identity.waiting.lines IS 'insurance lines of its records; routes the case';
COMMENT ON COLUMN identity.waiting.routed_to IS 'the steward it was given to by another';
COMMENT ON COLUMN identity.waiting.escalated IS 'given to those who may cross areas';

CREATE TABLE identity.name_key (
    name TEXT NOT NULL,
    pinyin TEXT NOT NULL,
    initials TEXT NOT NULL,
    CONSTRAINT name_key_pkey PRIMARY KEY (name)
);
CREATE INDEX name_key_pinyin_idx ON identity.name_key (pinyin text_pattern_ops);
CREATE INDEX name_key_initials_idx ON identity.name_key (initials text_pattern_ops);
COMMENT ON TABLE identity.name_key IS 'how each distinct name is typed by who does not type characters';
COMMENT ON COLUMN identity.name_key.name IS 'as it stands on records, also as a former name';
COMMENT ON COLUMN identity.name_key.pinyin IS 'without tones or spaces, with the readings of surnames';

CREATE INDEX person_record_name_idx ON core.person_record (name text_pattern_ops);
CREATE INDEX person_record_former_name_idx ON core.person_record (former_name text_pattern_ops);
CREATE INDEX person_record_source_key_idx ON core.person_record (source_key text_pattern_ops);

-- Where a case stands: waiting for a second person, judged (unless a key value changed since), or open.
create function identity.state_of(wanted text) returns text language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce((
        select case
            when exists (select from identity.proposal q where q.case_id = wanted and q.decision is null) then 'second'
            when p.reopened_act is not null then 'open'
            else coalesce((
                select case when j.verdict in ('unsure', 'documents') then j.verdict else 'decided' end from identity.judgement j
                where j.entity = p.entity and (j.left_source, j.left_key, j.right_source, j.right_key) = (p.left_source, p.left_key, p.right_source, p.right_key)
                    and j.undoes is null and not j.holds and not exists (select from identity.judgement u where u.undoes = j.judgement_id)
                order by j.judgement_id desc limit 1), 'open') end
        from identity.pair p where p.case_id = wanted), 'decided')
$$;
-- Whoever judges, proposes, approves or runs a match: the queue says so in the same transaction.
create function identity.follow_judgement() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update identity.waiting w set state = identity.state_of(w.case_id) from identity.pair p where p.case_id = w.case_id and p.entity = new.entity
        and (p.left_source, p.left_key, p.right_source, p.right_key) = (new.left_source, new.left_key, new.right_source, new.right_key);
    return null;
end $$;
create trigger follow after insert on identity.judgement for each row execute function identity.follow_judgement();
create function identity.follow_proposal() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update identity.waiting set state = identity.state_of(case_id) where case_id = new.case_id;
    return null;
end $$;
create trigger follow after insert or update on identity.proposal for each row execute function identity.follow_proposal();
create function identity.follow_pairs() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update identity.waiting set state = identity.state_of(case_id) where case_id in (select case_id from touched);
    return null;
end $$;
create trigger follow_new after insert on identity.pair referencing new table as touched for each statement execute function identity.follow_pairs();
create trigger follow_changed after update on identity.pair referencing new table as touched for each statement execute function identity.follow_pairs();
create trigger follow_gone after delete on identity.pair referencing old table as touched for each statement execute function identity.follow_pairs();
