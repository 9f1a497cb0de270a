-- list: alerts, those that wait first, then the latest
select alert_id, account, kind, hour, looks, usual, locks, raised_at, settled_by, settled_at, comment from access.alert
order by settled_at is not null, alert_id desc limit %(limit)s

-- waiting: how many wait
select count(*) from access.alert where settled_at is null

-- settle: once, by somebody else; no row when it was settled before or is their own
update access.alert set settled_by = %(author)s, settled_at = now(), comment = %(comment)s
where alert_id = %(alert_id)s and settled_at is null and account <> %(author)s returning account

-- locked: whether an account sees nobody until an alert is settled
select exists (select from access.alert where account = %(account)s and locks and settled_at is null)

-- limits: how often an account may look
select kind, an_hour, times, least, locks from access.look_limit order by kind

-- set_limit: from now on; what is null stays
update access.look_limit set an_hour = coalesce(%(an_hour)s, an_hour), times = coalesce(%(times)s, times), least = coalesce(%(least)s, least),
    locks = coalesce(%(locks)s, locks) where kind = %(kind)s
