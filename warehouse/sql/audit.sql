-- record: one entry, in the caller's transaction
select audit.record(%(actor)s, %(action)s, %(object)s, %(purpose)s, %(detail)s)

-- heads: the end of every chain that has entries
select partition, number, hash from audit.head where number > 0 order by partition

-- entries: what verification reads; the text is what was hashed
copy (
    select
        partition, number, previous, hash,
        jsonb_build_array(partition, number, (extract(epoch from at) * 1000000)::bigint, actor, action, object, purpose, detail)::text
    from audit.entry order by partition, number
) to stdout (format binary)

-- read: entries, the latest first
select partition, number, at, actor, action, object, purpose, detail from audit.entry
where (%(actor)s::text is null or actor = %(actor)s)
    and (%(action)s::text is null or action = %(action)s)
    and (%(object)s::text is null or object = %(object)s)
    and at >= coalesce(%(since)s::timestamptz, '-infinity')
order by at desc, partition, number desc limit %(limit)s
