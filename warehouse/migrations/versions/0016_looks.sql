CREATE TABLE access.look_limit (
    kind TEXT NOT NULL CONSTRAINT look_limit_kind_check CHECK (kind in ('look','search','open')),
    an_hour INTEGER NOT NULL,
    times INTEGER NOT NULL,
    least INTEGER NOT NULL,
    locks BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT look_limit_pkey PRIMARY KEY (kind)
);
COMMENT ON TABLE access.look_limit IS 'how often an account may look before the security administrator is told';
COMMENT ON COLUMN access.look_limit.kind IS 'look: a person, case or row shown; search; open: values seen in clear';
COMMENT ON COLUMN access.look_limit.an_hour IS 'more than this in one hour is told of anybody';
COMMENT ON COLUMN access.look_limit.times IS 'and so is this many times what is usual for the account';
COMMENT ON COLUMN access.look_limit.least IS 'fewer in an hour are never told';
COMMENT ON COLUMN access.look_limit.locks IS 'the account sees nobody any more until the alert is settled';
INSERT INTO access.look_limit VALUES ('look', 400, 5, 60), ('search', 200, 5, 40), ('open', 40, 5, 10);

CREATE TABLE access.look (
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX look_account_kind_at_idx ON access.look (account, kind, at);
COMMENT ON TABLE access.look IS 'looks of accounts over sixty days, to be counted; what was looked at stands in the trail';

CREATE TABLE access.alert (
    alert_id BIGINT GENERATED ALWAYS AS IDENTITY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    hour TIMESTAMP WITH TIME ZONE NOT NULL,
    looks INTEGER NOT NULL,
    usual INTEGER,
    locks BOOLEAN NOT NULL,
    raised_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    settled_by TEXT,
    settled_at TIMESTAMP WITH TIME ZONE,
    comment TEXT,
    CONSTRAINT alert_pkey PRIMARY KEY (alert_id),
    CONSTRAINT alert_account_kind_hour_key UNIQUE (account, kind, hour),
    CONSTRAINT alert_whole_check CHECK ((settled_by is null) = (settled_at is null)),
    CONSTRAINT alert_other_check CHECK (settled_by <> account),
    CONSTRAINT alert_account_fkey FOREIGN KEY(account) REFERENCES access.account (name)
);
COMMENT ON TABLE access.alert IS 'an account looked far more than usual, or than the limit; settled by a security administrator, never by itself';
COMMENT ON COLUMN access.alert.looks IS 'in that hour, when it was told';
COMMENT ON COLUMN access.alert.usual IS 'looks in an hour of work before; null: too few hours to tell';
COMMENT ON COLUMN access.alert.locks IS 'the account sees nobody until it is settled';

-- Every look is in the trail; the trail counts it, so that no way in can leave it out.
create function access.note_look(who text, did text) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    what constant text := case when did = 'record.open' then 'open' when did in ('person.search', 'case.search', 'person.known') then 'search' else 'look' end;
    this_hour constant timestamptz := date_trunc('hour', clock_timestamp());
    bound access.look_limit;
    here integer;
    usual integer;
begin
    if not exists (select from access.account a where a.name = who) then
        return;
    end if;
    insert into access.look values (who, what, clock_timestamp());
    select count(*) into here from access.look l where l.account = who and l.kind = what and l.at >= this_hour;
    if here = 1 then
        delete from access.look l where l.account = who and l.kind = what and l.at < this_hour - interval '60 days';
    end if;
    select * into bound from access.look_limit l where l.kind = what;
    if here <= bound.least then
        return;
    end if;
    select case when count(distinct date_trunc('hour', l.at)) >= 10 then ceil(count(*)::numeric / count(distinct date_trunc('hour', l.at))) end into usual
    from access.look l where l.account = who and l.kind = what and l.at < this_hour;
    if here > bound.an_hour or here > bound.times * usual then
        insert into access.alert (account, kind, hour, looks, usual, locks) values (who, what, this_hour, here, usual, bound.locks)
        on conflict (account, kind, hour) do nothing;
        if found then
            perform audit.record('hub', 'look.alert', who, null, jsonb_build_object('kind', what, 'looks', here, 'usual', usual, 'locks', bound.locks));
        end if;
    end if;
end $$;
create or replace function audit.record(actor text, action text, object text, purpose text, detail jsonb) returns void
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
    if action in ('record.open', 'person.search', 'case.search', 'person.known', 'person.look', 'row.look', 'case.look', 'quarantine.look') then
        perform access.note_look(actor, action);
    end if;
end $$;
