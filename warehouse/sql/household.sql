-- around: records of other persons that share a phone, an address or a number with one of these
with own as materialized (
    select o.phone_blind, o.address_blind, o.id_number_blind from core.person_record o
    join unnest(%(sources)s::text[], %(keys)s::text[]) r(source, source_key) using (source, source_key)
), near as (
    (select distinct 'phone' as how, n.source, n.source_key from own join core.person_record n on n.phone_blind = own.phone_blind limit %(limit)s)
    union all
    (select distinct 'address', n.source, n.source_key from own join core.person_record n on n.address_blind = own.address_blind limit %(limit)s)
    union all
    (select distinct 'number', n.source, n.source_key from own join core.person_record n on n.id_number_blind = own.id_number_blind limit %(limit)s)
)
select near.how, c.entity_id, near.source, near.source_key from near
join identity.crosswalk c on c.entity = 'person_record' and (c.source, c.source_key) = (near.source, near.source_key)
where c.entity_id <> all(%(persons)s) order by 2, 1, 3, 4

-- born: records of other persons of the same birth date and surname
select c.entity_id, n.source, n.source_key from core.person_record n
join identity.crosswalk c on c.entity = 'person_record' and (c.source, c.source_key) = (n.source, n.source_key)
where n.birth_date = %(birth_date)s and starts_with(n.name, %(surname)s) and c.entity_id <> all(%(persons)s) order by 1, 2, 3 limit %(limit)s
