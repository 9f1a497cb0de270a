-- Acts of stewards, each undone as a whole; four eyes held by constraints; pins; samples.
CREATE TABLE identity.proposal (
    proposal_id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    case_id TEXT,
    plan JSONB NOT NULL,
    blocking TEXT[] NOT NULL CONSTRAINT proposal_blocking_check CHECK (cardinality(blocking) > 0),
    state_token TEXT NOT NULL,
    author TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    comment TEXT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    decision TEXT CONSTRAINT proposal_decision_check CHECK (decision in ('approve','refuse','withdraw')),
    decided_by TEXT,
    decision_comment TEXT,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT proposal_pkey PRIMARY KEY (proposal_id),
    CONSTRAINT proposal_whole_check CHECK ((decision is null) = (decided_by is null) and (decision is null) = (decided_at is null)),
    CONSTRAINT proposal_second_check CHECK (decision is null or (decision = 'withdraw') = (decided_by = author))
);
CREATE UNIQUE INDEX proposal_open_idx ON identity.proposal (case_id) WHERE decision IS NULL;
COMMENT ON TABLE identity.proposal IS 'an act that needs a second person: proposed by the first, approved or refused by another';
COMMENT ON COLUMN identity.proposal.kind IS 'of the act: verdict, merge, split, move, pin, bulk';
COMMENT ON COLUMN identity.proposal.plan IS 'what would be written: ids of records, never a value';
COMMENT ON COLUMN identity.proposal.blocking IS 'why a second person is needed: conflicts and lines of the policy';
COMMENT ON COLUMN identity.proposal.state_token IS 'what the first person saw; another state is refused';

CREATE TABLE identity.act (
    act_id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL CONSTRAINT act_kind_check CHECK (kind in ('verdict','merge','split','move','pin','unpin','bulk','undo')),
    case_id TEXT,
    author TEXT NOT NULL,
    second TEXT,
    proposal_id BIGINT,
    blocking TEXT[] DEFAULT '{}' NOT NULL,
    reason_code TEXT NOT NULL,
    comment TEXT NOT NULL,
    undoes BIGINT,
    detail JSONB NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT act_pkey PRIMARY KEY (act_id),
    CONSTRAINT act_four_eyes_check CHECK (cardinality(blocking) = 0 or second is not null),
    CONSTRAINT act_bulk_check CHECK (kind <> 'bulk' or second is not null),
    CONSTRAINT act_second_check CHECK (second <> author),
    CONSTRAINT act_proposed_check CHECK ((second is null) = (proposal_id is null)),
    CONSTRAINT act_undoes_check CHECK ((kind = 'undo') = (undoes is not null)),
    CONSTRAINT act_proposal_id_fkey FOREIGN KEY(proposal_id) REFERENCES identity.proposal (proposal_id),
    CONSTRAINT act_undoes_fkey FOREIGN KEY(undoes) REFERENCES identity.act (act_id),
    CONSTRAINT act_proposal_id_key UNIQUE (proposal_id),
    CONSTRAINT act_undoes_key UNIQUE (undoes)
);
CREATE INDEX act_case_id_idx ON identity.act (case_id);
CREATE INDEX act_author_idx ON identity.act (author, act_id);
COMMENT ON TABLE identity.act IS 'what a steward did, append-only: a verdict, split, move, pin, bulk verdict, or the undoing of one';
COMMENT ON COLUMN identity.act.second IS 'who approved it, never its author';
COMMENT ON COLUMN identity.act.blocking IS 'conflicts and lines of the policy that asked for a second person';
COMMENT ON COLUMN identity.act.detail IS 'placements before and after, evidence as shown: ids and numbers, never a value';

CREATE TABLE identity.judged_record (
    act_id BIGINT NOT NULL,
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    basis JSONB NOT NULL,
    CONSTRAINT judged_record_pkey PRIMARY KEY (act_id, source, source_key),
    CONSTRAINT judged_record_act_id_fkey FOREIGN KEY(act_id) REFERENCES identity.act (act_id)
);
CREATE INDEX judged_record_source_source_key_idx ON identity.judged_record (source, source_key);
COMMENT ON TABLE identity.judged_record IS 'records an act rested on, with their key values as they were: append-only';
COMMENT ON COLUMN identity.judged_record.basis IS 'key field -> keyed hash of its value, so that a change can be told and the value cannot';

CREATE TABLE identity.pin (
    pin_id BIGINT GENERATED ALWAYS AS IDENTITY,
    act_id BIGINT NOT NULL,
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    field TEXT NOT NULL,
    until DATE,
    author TEXT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    agreed_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_act BIGINT,
    CONSTRAINT pin_pkey PRIMARY KEY (pin_id),
    CONSTRAINT pin_ended_check CHECK ((ended_at is null) = (ended_act is null)),
    CONSTRAINT pin_act_id_fkey FOREIGN KEY(act_id) REFERENCES identity.act (act_id),
    CONSTRAINT pin_ended_act_fkey FOREIGN KEY(ended_act) REFERENCES identity.act (act_id)
);
CREATE INDEX pin_source_source_key_idx ON identity.pin (source, source_key) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX pin_open_idx ON identity.pin (source, source_key, field) WHERE ended_at IS NULL;
COMMENT ON TABLE identity.pin IS 'a person whose record this is takes the field from it, whatever survivorship says; the latest pin of a person counts';
COMMENT ON COLUMN identity.pin.until IS 'last day it holds; null: until it is ended';
COMMENT ON COLUMN identity.pin.agreed_at IS 'since when survivorship says the same without it: the pin proposes to end';

CREATE TABLE identity.sampled (
    purpose TEXT NOT NULL CONSTRAINT sampled_purpose_check CHECK (purpose in ('audit','bulk')),
    pattern TEXT NOT NULL,
    case_id TEXT NOT NULL,
    left_source TEXT NOT NULL,
    left_key TEXT NOT NULL,
    right_source TEXT NOT NULL,
    right_key TEXT NOT NULL,
    evidence JSONB NOT NULL,
    drawn_by TEXT NOT NULL,
    drawn_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT sampled_pkey PRIMARY KEY (purpose, pattern, case_id)
);
CREATE INDEX sampled_case_id_idx ON identity.sampled (case_id);
COMMENT ON TABLE identity.sampled IS 'cases drawn at random: of a pattern before a bulk verdict, and of certain links to audit; append-only';
COMMENT ON COLUMN identity.sampled.pattern IS 'kind and levels of the cases of a bulk verdict; the day of an audit sample';
COMMENT ON COLUMN identity.sampled.evidence IS 'kind, weight, probability and levels as drawn';

alter table identity.judgement drop constraint judgement_verdict_check;
alter table identity.judgement add constraint judgement_verdict_check check (verdict in ('same','different','unsure','documents'));
alter table identity.judgement add column act_id bigint references identity.act (act_id);
alter table identity.judgement add column holds boolean not null default false;
create index judgement_act_id_idx on identity.judgement (act_id);
comment on column identity.judgement.act_id is 'the act it stands for; undoing the act takes it back';
comment on column identity.judgement.holds is 'keeps a person whole as shown when the act was done; the verdict itself is another row';
alter table identity.pair add column reopened_act bigint references identity.act (act_id);
alter table identity.pair add column changed text[];
comment on column identity.pair.reopened_act is 'the act that decided it before a key value changed';
comment on column identity.pair.changed is 'key fields that changed since';

create trigger append_only before update or delete or truncate on identity.act for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on identity.judged_record for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on identity.sampled for each statement execute function ops.refuse_change();
create trigger append_only before delete or truncate on identity.pin for each statement execute function ops.refuse_change();
create trigger append_only before delete or truncate on identity.proposal for each statement execute function ops.refuse_change();

-- A second person exists in the database: an act that names one rests on a proposal the other made and this one approved.
create function identity.refuse_unapproved() returns trigger language plpgsql as $$
begin
    if new.proposal_id is not null and not exists (select from identity.proposal p where p.proposal_id = new.proposal_id and p.decision = 'approve'
            and p.decided_by = new.second and p.author = new.author and p.kind = new.kind and p.blocking @> new.blocking) then
        raise exception 'act: no proposal of its author was approved by its second person';
    end if;
    return new;
end $$;
create trigger approved before insert on identity.act for each row execute function identity.refuse_unapproved();
create function identity.refuse_redecision() returns trigger language plpgsql as $$
begin
    if old.decision is not null or to_jsonb(old) - '{decision,decided_by,decision_comment,decided_at}'::text[]
            is distinct from to_jsonb(new) - '{decision,decided_by,decision_comment,decided_at}'::text[] then
        raise exception 'proposal: decided once, and nothing else of it changes';
    end if;
    return new;
end $$;
create trigger decided_once before update on identity.proposal for each row execute function identity.refuse_redecision();
create function identity.refuse_pin_change() returns trigger language plpgsql as $$
begin
    if old.ended_at is not null or to_jsonb(old) - '{agreed_at,ended_at,ended_act}'::text[] is distinct from to_jsonb(new) - '{agreed_at,ended_at,ended_act}'::text[] then
        raise exception 'pin: it ends once, and nothing else of it changes';
    end if;
    return new;
end $$;
create trigger ends_once before update on identity.pin for each row execute function identity.refuse_pin_change();
