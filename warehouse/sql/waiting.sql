-- forget: cases no run finds any more
delete from identity.waiting w where not exists (select from identity.pair p where p.case_id = w.case_id)

-- fill: the queue's rows for all cases, or those a run found anew or whose value is a day old, their value anew; since, route and the verdict so far stay
with wanted as materialized (
    select p.* from identity.pair p left join identity.waiting w using (case_id)
    where %(all)s or w.case_id is null or p.recorded_at > w.filled_at or w.filled_at < now() - interval '1 day'
), side as (
    select case_id, entity, left_source as source, left_key as source_key from wanted
    union all
    select case_id, entity, right_source, right_key from wanted
), place as (
    select s.case_id, coalesce(array_agg(distinct r.area_code) filter (where r.area_code is not null), '{}') as areas, array_agg(distinct s.source) as sources
    from side s left join lateral (
        select p.area_code from core.person_record p where s.entity = 'person_record' and (p.source, p.source_key) = (s.source, s.source_key)
        union all
        select e.area_code from core.employer_record e where s.entity = 'employer_record' and (e.source, e.source_key) = (s.source, s.source_key)
    ) r on true group by s.case_id
), line as (
    select s.case_id, array_agg(distinct e.insurance_code) as lines
    from side s join core.enrolment e on e.source = s.source and e.person_key = s.source_key and s.entity = 'person_record'
    where e.insurance_code is not null group by s.case_id
), member as (
    select distinct s.case_id, m.source, m.source_key from side s
    join identity.crosswalk c on c.entity = s.entity and c.source = s.source and c.source_key = s.source_key
    join identity.crosswalk m on m.entity = c.entity and m.entity_id = c.entity_id
    where s.entity = 'person_record'
), paid as (
    select distinct on (m.case_id, b.source, b.person_key, b.insurance_code, b.benefit_code) m.case_id, b.amount
    from member m join core.benefit b on b.source = m.source and b.person_key = m.source_key
    where b.benefit_code = any(%(periodic)s) and b.ended_sequence is null
        and coalesce(b.period_month, b.end_date, b.start_date) > (select max(period_month) from core.benefit where benefit_code = any(%(periodic)s)) - interval '3 months'
    order by m.case_id, b.source, b.person_key, b.insurance_code, b.benefit_code, b.period_month desc nulls last
), money as (
    select case_id, sum(amount) as money from paid group by case_id
), told as (
    select p.case_id, p.entity, p.kind, p.weight, coalesce(m.money, 0) as money, pl.areas, coalesce(l.lines, '{}') as lines, pl.sources,
        case when s.case_id is not null then 0.25 + 0.6 * (hashtext(p.case_id) & 1023) / 1023 -- an audited link is sure: it would never come up
            when p.kind = 'possible' then 4 * p.probability * (1 - p.probability) else 0.8 end as closeness,
        coalesce((select extract(epoch from now() - w.since) / 86400 from identity.waiting w where w.case_id = p.case_id), 0) as days
    from wanted p join place pl using (case_id) left join line l using (case_id) left join money m using (case_id)
    left join (select distinct case_id from identity.sampled where purpose = 'audit') s using (case_id)
)
insert into identity.waiting as w (case_id, entity, kind, weight, value, money, areas, lines, sources, state)
select case_id, entity, kind, weight,
    round(100 * (0.5 * closeness + 0.35 * least(1, log(1 + money) / 4) + 0.15 * least(1, days / 30))), money, areas, lines, sources,
    identity.state_of(case_id)
from told
on conflict (case_id) do update set kind = excluded.kind, weight = excluded.weight, value = excluded.value, money = excluded.money, areas = excluded.areas,
    lines = excluded.lines, sources = excluded.sources, state = excluded.state, filled_at = now()

-- nameless: names on records whose keys are not made yet
select distinct name from (
    select name from core.person_record where name is not null and recorded_at >= %(since)s
    union all select former_name from core.person_record where former_name is not null and recorded_at >= %(since)s
) n where not exists (select from identity.name_key k where k.name = n.name)

-- page: a page of the queue, the most valuable first, from a place on
select w.case_id, w.entity, w.kind, w.weight, w.value, w.money, w.since, w.areas, w.lines, w.sources, w.state, w.routed_to, w.escalated,
    c.account, c.expires_at, p.left_source, p.left_key, p.right_source, p.right_key, p.levels, p.model_version,
    coalesce(lp.name, le.name), coalesce(rp.name, re.name), p.changed
from identity.waiting w
join identity.pair p using (case_id)
left join access.claim c on c.case_id = w.case_id and c.expires_at > now()
left join core.person_record lp on w.entity = 'person_record' and (lp.source, lp.source_key) = (p.left_source, p.left_key)
left join core.person_record rp on w.entity = 'person_record' and (rp.source, rp.source_key) = (p.right_source, p.right_key)
left join core.employer_record le on w.entity = 'employer_record' and (le.source, le.source_key) = (p.left_source, p.left_key)
left join core.employer_record re on w.entity = 'employer_record' and (re.source, re.source_key) = (p.right_source, p.right_key)
where w.state <> 'decided'
    and (%(kind)s::text is null or w.kind = %(kind)s)
    and (%(state)s::text is null or w.state = %(state)s)
    and (%(source)s::text is null or %(source)s = any(w.sources))
    and (%(area)s::text is null or exists (select from unnest(w.areas) a where starts_with(a, %(area)s)))
    and (%(line)s::text is null or %(line)s = any(w.lines))
    and (%(days)s::int is null or w.since < now() - %(days)s * interval '1 day')
    and (not %(money)s or w.money > 0)
    and (%(whose)s <> 'free' or not exists (select from access.claim f where f.case_id = w.case_id and f.expires_at > now()))
    and (%(whose)s <> 'escalated' or w.escalated)
    and (%(cases)s::text[] is null or w.case_id = any(%(cases)s))
    and (%(value)s::int is null or (w.value, w.case_id) < (%(value)s, %(after)s))
order by w.value desc, w.case_id desc limit %(limit)s

-- mine: cases somebody holds or was given, the most valuable first
select case_id, value from (
    select w.case_id, w.value from access.claim c join identity.waiting w using (case_id)
    where c.account = %(account)s and c.expires_at > now() and w.state <> 'decided'
    union
    select w.case_id, w.value from identity.waiting w where w.routed_to = %(account)s and w.state <> 'decided'
        and not exists (select from access.claim c where c.case_id = w.case_id and c.expires_at > now() and c.account <> %(account)s)
) own order by value desc, case_id desc

-- free: cases nobody holds, those given to the asker first, then the most valuable; what another was given or seniors have is left to them
with free as (
    select 0 as place, w.case_id, w.value, w.kind, w.escalated from identity.waiting w where w.state = 'open' and w.routed_to = %(account)s
    union all
    (select 1, w.case_id, w.value, w.kind, w.escalated from identity.waiting w
        where w.state = 'open' and w.routed_to is null and (%(senior)s or not w.escalated) and (%(kind)s::text is null or w.kind = %(kind)s)
            and w.case_id <> all(%(passed)s) and not exists (select from access.claim c where c.case_id = w.case_id and c.expires_at > now())
            and exists (select from identity.pair p where p.case_id = w.case_id)
        order by w.value desc, w.case_id desc limit %(limit)s)
)
select f.case_id from free f
where (%(senior)s or not f.escalated) and f.case_id <> all(%(passed)s) and (%(kind)s::text is null or f.kind = %(kind)s)
    and not exists (select from access.claim c where c.case_id = f.case_id and c.expires_at > now())
    and exists (select from identity.pair p where p.case_id = f.case_id)
order by f.place, f.value desc, f.case_id desc limit %(limit)s

-- counts: how many wait, by kind and state
select kind, state, escalated, count(*), count(*) filter (where since < now() - %(overdue)s * interval '1 day') from identity.waiting
where state <> 'decided' group by 1, 2, 3

-- one: a case of the queue
select value, money, since, state, routed_to, escalated, lines from identity.waiting where case_id = %(case_id)s

-- route: give a case to another steward, or up
update identity.waiting set routed_to = %(to)s, escalated = %(escalated)s where case_id = %(case_id)s returning case_id

-- of_records: cases that name one of these records
select case_id from identity.pair where (left_source, left_key) in (select * from unnest(%(sources)s::text[], %(keys)s::text[]))
union
select case_id from identity.pair where (right_source, right_key) in (select * from unnest(%(sources)s::text[], %(keys)s::text[]))

-- of_persons: cases that name a record of one of these persons
select p.case_id from identity.crosswalk c join identity.pair p on (p.left_source, p.left_key) = (c.source, c.source_key)
where c.entity = 'person_record' and c.entity_id = any(%(persons)s)
union
select p.case_id from identity.crosswalk c join identity.pair p on (p.right_source, p.right_key) = (c.source, c.source_key)
where c.entity = 'person_record' and c.entity_id = any(%(persons)s)

-- stewards: who may be given a case
select access.stewards()
