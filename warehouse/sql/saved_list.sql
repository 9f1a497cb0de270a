-- of: lists in sight, the reader's own first
select list_id, owner, shared, name, filters, made_at from identity.saved_list
order by owner <> coalesce((select (access.acting_now()).account), ''), name, list_id

-- keep: a list, or the one of that name anew
insert into identity.saved_list (owner, shared, name, filters) values (%(owner)s, %(shared)s, %(name)s, %(filters)s)
on conflict (owner, name) do update set shared = excluded.shared, filters = excluded.filters, made_at = now() returning list_id

-- drop: a list of one's own
delete from identity.saved_list where list_id = %(list_id)s and owner = %(owner)s returning list_id
