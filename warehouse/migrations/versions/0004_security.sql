-- Who may what (access), and what was done and looked at (audit); tables as declared in warehouse/tables_security.py.
create schema access;
create schema audit;

CREATE TABLE audit.head (
    partition SMALLINT NOT NULL,
    number BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT head_pkey PRIMARY KEY (partition)
);
COMMENT ON TABLE audit.head IS 'the end of each chain; a writer holds one of them, so that writers do not queue';
COMMENT ON COLUMN audit.head.number IS 'entries in this chain';
COMMENT ON COLUMN audit.head.hash IS 'of the last entry';

CREATE TABLE audit.entry (
    partition SMALLINT NOT NULL,
    number BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    purpose TEXT,
    detail JSONB NOT NULL,
    previous BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT entry_pkey PRIMARY KEY (partition, number)
);
CREATE INDEX entry_at_idx ON audit.entry (at);
CREATE INDEX entry_object_idx ON audit.entry (object);
COMMENT ON TABLE audit.entry IS 'who did, saw or was refused what; append-only, hash-chained, sealed outside the database';
COMMENT ON COLUMN audit.entry.number IS '1, 2, 3 … within the partition';
COMMENT ON COLUMN audit.entry.actor IS 'account, analyst or task';
COMMENT ON COLUMN audit.entry.object IS 'what it was done to: an id, never a value';
COMMENT ON COLUMN audit.entry.previous IS 'hash of the entry before';
COMMENT ON COLUMN audit.entry.hash IS 'SHA-256 of previous and the entry';

CREATE TABLE access.account (
    name TEXT NOT NULL CONSTRAINT account_name_check CHECK (name ~ '^[a-z][a-z0-9_.-]{1,30}$'),
    password_hash TEXT NOT NULL,
    must_change BOOLEAN DEFAULT true NOT NULL,
    password_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    password_until TIMESTAMP WITH TIME ZONE,
    totp BYTEA,
    totp_step BIGINT DEFAULT 0 NOT NULL,
    totp_at TIMESTAMP WITH TIME ZONE,
    language TEXT DEFAULT 'zh' NOT NULL CONSTRAINT account_language_check CHECK (language in ('zh','en')),
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT account_pkey PRIMARY KEY (name)
);
COMMENT ON TABLE access.account IS 'people who sign in to console, API and command line';
COMMENT ON COLUMN access.account.password_hash IS 'Argon2id';
COMMENT ON COLUMN access.account.must_change IS 'the password was given by somebody else';
COMMENT ON COLUMN access.account.password_until IS 'a one-time password works until then';
COMMENT ON COLUMN access.account.totp IS 'secret of the second factor, sealed';
COMMENT ON COLUMN access.account.totp_step IS 'last time step used: none is taken twice';
COMMENT ON COLUMN access.account.totp_at IS 'when the second factor was confirmed';

CREATE TABLE access.recovery_code (
    account TEXT NOT NULL,
    hash BYTEA NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT recovery_code_pkey PRIMARY KEY (account, hash),
    CONSTRAINT recovery_code_account_fkey FOREIGN KEY(account) REFERENCES access.account (name)
);
COMMENT ON TABLE access.recovery_code IS 'each opens once where the second factor is lost';
COMMENT ON COLUMN access.recovery_code.hash IS 'SHA-256; the code is 80 random bits';

CREATE TABLE access.role_grant (
    grant_id BIGINT GENERATED ALWAYS AS IDENTITY,
    account TEXT NOT NULL,
    role TEXT NOT NULL CONSTRAINT role_grant_role_check CHECK (role in ('steward', 'cross_area', 'engineer', 'auditor', 'security', 'system')),
    areas TEXT[],
    lines TEXT[],
    reason TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    decided_by TEXT,
    decided_at TIMESTAMP WITH TIME ZONE,
    decision TEXT CONSTRAINT role_grant_decision_check CHECK (decision in ('approve','refuse')),
    revoked_by TEXT,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT role_grant_pkey PRIMARY KEY (grant_id),
    CONSTRAINT role_grant_whole_check CHECK ((decision is null) = (decided_by is null) and (decision is null) = (decided_at is null)),
    CONSTRAINT role_grant_account_fkey FOREIGN KEY(account) REFERENCES access.account (name)
);
CREATE INDEX role_grant_account_idx ON access.role_grant (account);
COMMENT ON TABLE access.role_grant IS 'rights asked for, given and taken back; an administrator''s right needs two people';
COMMENT ON COLUMN access.role_grant.areas IS 'beginnings of area codes; null: every area';
COMMENT ON COLUMN access.role_grant.lines IS 'insurance lines; null: every line';

CREATE TABLE access.session (
    hash BYTEA NOT NULL,
    account TEXT NOT NULL,
    whole BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    proven_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    peer TEXT NOT NULL,
    client TEXT NOT NULL,
    CONSTRAINT session_pkey PRIMARY KEY (hash),
    CONSTRAINT session_account_fkey FOREIGN KEY(account) REFERENCES access.account (name)
);
CREATE INDEX session_account_idx ON access.session (account);
COMMENT ON TABLE access.session IS 'sessions of console and command line, kept by the server';
COMMENT ON COLUMN access.session.hash IS 'SHA-256 of the cookie';
COMMENT ON COLUMN access.session.whole IS 'every factor the account needs was given';
COMMENT ON COLUMN access.session.proven_at IS 'when the password was last given: dangerous acts ask for a recent one';
COMMENT ON COLUMN access.session.peer IS 'address it was begun from';
COMMENT ON COLUMN access.session.client IS 'browser or program, as it calls itself';

CREATE TABLE access.token (
    token_id BIGINT GENERATED ALWAYS AS IDENTITY,
    hash BYTEA NOT NULL,
    account TEXT NOT NULL,
    label TEXT NOT NULL,
    scopes TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT token_pkey PRIMARY KEY (token_id),
    CONSTRAINT token_hash_key UNIQUE (hash),
    CONSTRAINT token_account_fkey FOREIGN KEY(account) REFERENCES access.account (name)
);
COMMENT ON TABLE access.token IS 'API tokens: scoped, expiring, shown once';
COMMENT ON COLUMN access.token.hash IS 'SHA-256 of the token';

CREATE TABLE access.backoff (
    subject TEXT NOT NULL,
    failures INTEGER NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT backoff_pkey PRIMARY KEY (subject)
);
COMMENT ON TABLE access.backoff IS 'failed sign-ins, and how long the next has to wait';
COMMENT ON COLUMN access.backoff.subject IS 'account:… or peer:…';
COMMENT ON COLUMN access.backoff.until IS 'no attempt is looked at before';

CREATE TABLE access.unmasking (
    unmasking_id BIGINT GENERATED ALWAYS AS IDENTITY,
    account TEXT NOT NULL,
    object TEXT NOT NULL,
    purpose TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT unmasking_pkey PRIMARY KEY (unmasking_id),
    CONSTRAINT unmasking_account_fkey FOREIGN KEY(account) REFERENCES access.account (name)
);
CREATE INDEX unmasking_account_object_idx ON access.unmasking (account, object);
COMMENT ON TABLE access.unmasking IS 'one record shown in clear to one account for a while, and why';

CREATE TABLE access.claim (
    case_id TEXT NOT NULL,
    account TEXT NOT NULL,
    claimed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT claim_pkey PRIMARY KEY (case_id),
    CONSTRAINT claim_account_fkey FOREIGN KEY(account) REFERENCES access.account (name)
);
COMMENT ON TABLE access.claim IS 'who works on a case: for the lease its records are in sight, also those of another area';

CREATE UNLOGGED TABLE access.acting (
    pid SERIAL NOT NULL,
    started TIMESTAMP WITH TIME ZONE NOT NULL,
    account TEXT NOT NULL,
    areas TEXT[],
    lines TEXT[],
    CONSTRAINT acting_pkey PRIMARY KEY (pid)
);
COMMENT ON TABLE access.acting IS 'for whom a connection of the console reads now; only access.act writes it';
COMMENT ON COLUMN access.acting.started IS 'of that server process, so that a later one of the same id is another';
COMMENT ON COLUMN access.acting.areas IS 'null: every area';

CREATE TABLE access.analyst (
    role TEXT NOT NULL,
    areas TEXT[],
    lines TEXT[],
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT analyst_pkey PRIMARY KEY (role)
);
COMMENT ON TABLE access.analyst IS 'who may read `mart`, and of which areas and insurance lines';
COMMENT ON COLUMN access.analyst.role IS 'a login role of the database, member of nothing';
COMMENT ON COLUMN access.analyst.areas IS 'beginnings of area codes; null: every area';
COMMENT ON COLUMN access.analyst.lines IS 'insurance lines; null: every line';
create function audit.record(actor text, action text, object text, purpose text, detail jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    chain audit.head;
    moment timestamptz := clock_timestamp();
    link bytea;
begin
    select * into chain from audit.head h order by h.partition for update skip locked limit 1;
    if not found then
        select * into chain from audit.head h where h.partition = pg_backend_pid() % 64 for update;
    end if;
    link := sha256(chain.hash || convert_to(jsonb_build_array(
        chain.partition, chain.number + 1, (extract(epoch from moment) * 1000000)::bigint, actor, action, object, purpose, detail)::text, 'UTF8'));
    insert into audit.entry values (chain.partition, chain.number + 1, moment, actor, action, object, purpose, detail, chain.hash, link);
    update audit.head h set number = chain.number + 1, hash = link where h.partition = chain.partition;
end $$;
comment on function audit.record is 'adds one entry to a chain nobody else is writing, in the caller''s transaction';
revoke execute on function audit.record from public;
insert into audit.head select n, 0, sha256(convert_to('guiyi audit ' || n, 'UTF8')) from generate_series(0, 63) n;
create trigger append_only before update or delete or truncate on audit.entry for each statement execute function ops.refuse_change();

-- A key that is replaced writes every ciphertext anew: of a history, the seals may change and nothing else.
create function ops.refuse_change_of_values() returns trigger language plpgsql as $$
begin
    if to_jsonb(old) - '{sealed,id_number_blind,phone_blind}'::text[] is distinct from to_jsonb(new) - '{sealed,id_number_blind,phone_blind}'::text[] then
        raise exception 'append-only: % may not be changed', tg_table_name;
    end if;
    return new;
end $$;
do $$
declare
    t regclass;
begin
    for t in select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attname = 'sealed'
             where c.relkind = 'r' and ((n.nspname = 'core' and c.relname like '%\_history') or (n.nspname = 'ops' and c.relname = 'repair'))
    loop
        execute format('drop trigger append_only on %s', t);
        execute format('create trigger append_only before delete or truncate on %s for each statement execute function ops.refuse_change()', t);
        execute format('create trigger same_values before update on %s for each row execute function ops.refuse_change_of_values()', t);
    end loop;
end $$;
