-- in_force: pins that hold today
select source, source_key, field, pin_id from identity.pin where ended_at is null and (until is null or until >= current_date)

-- of_records: pins in force on some records
select p.pin_id, p.act_id, p.source, p.source_key, p.field, p.until, p.author, p.recorded_at, p.agreed_at from identity.pin p
join unnest(%(sources)s::text[], %(keys)s::text[]) wanted(source, source_key) using (source, source_key)
where p.ended_at is null and (p.until is null or p.until >= current_date) order by p.pin_id

-- replace: the pin there was on the same record and field ends
update identity.pin set ended_at = now(), ended_act = %(act_id)s where source = %(source)s and source_key = %(source_key)s and field = %(field)s and ended_at is null

-- add: a pin
insert into identity.pin (act_id, source, source_key, field, until, author) values (%(act_id)s, %(source)s, %(source_key)s, %(field)s, %(until)s, %(author)s)
returning pin_id

-- end: a pin ends by an act
update identity.pin set ended_at = now(), ended_act = %(act_id)s where pin_id = %(pin_id)s and ended_at is null returning pin_id

-- agree: since when a pin is no longer needed
update identity.pin set agreed_at = case when pin_id = any(%(agreed)s) then coalesce(agreed_at, now()) end
where ended_at is null and (agreed_at is null) = (pin_id = any(%(agreed)s))
    and (%(all)s or (source, source_key) in (select * from unnest(%(sources)s::text[], %(keys)s::text[])))

-- get: one pin
select pin_id, act_id, source, source_key, field, until, author, recorded_at, agreed_at, ended_at from identity.pin where pin_id = %(pin_id)s

-- of_act: pins an act made, and those it ended
select pin_id, source, source_key, field, until, author, act_id = %(act_id)s as made, ended_at is null as open from identity.pin
where act_id = %(act_id)s or ended_act = %(act_id)s order by pin_id
