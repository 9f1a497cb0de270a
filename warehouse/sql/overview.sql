-- mine: what one person did today, and the cases they hold with the first end of a lease
select (select count(*) from identity.act a where a.author = %(account)s and a.recorded_at >= current_date and a.kind <> 'undo'),
       (select count(*) from identity.act a where a.author = %(account)s and a.recorded_at >= current_date and a.kind = 'undo'),
       (select count(*) from access.claim c where c.account = %(account)s and c.expires_at > now()),
       (select min(c.expires_at) from access.claim c where c.account = %(account)s and c.expires_at > now()),
       (select count(*) from identity.proposal p where p.decision is null and p.author <> %(account)s),
       (select min(p.recorded_at) from identity.proposal p where p.decision is null and p.author <> %(account)s),
       (select count(*) from identity.proposal p where p.decision is null and p.author = %(account)s)

-- verdicts: verdicts by day, every day once
select to_char(day, 'YYYY-MM-DD'), count(j.*) filter (where j.verdict = 'same'), count(j.*) filter (where j.verdict = 'different'),
       count(j.*) filter (where j.verdict in ('unsure', 'documents'))
from generate_series(current_date - (%(days)s - 1), current_date, interval '1 day') day
left join identity.judgement j on j.recorded_at >= day and j.recorded_at < day + interval '1 day' and j.undoes is null and not j.holds
group by day order by day

-- plans: bulk repairs of quarantined rows that wait for somebody else's approval
select count(*), coalesce(sum(passing), 0)::bigint from ops.repair_plan where decision is null and author <> %(account)s
