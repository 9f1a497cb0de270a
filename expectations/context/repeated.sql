-- Values that several records of one source hold: a number, an archive number, a whole line.
create table repeated_{entity} as
select value from facts_{entity} where value is not null group by value having min(source_key) <> max(source_key)
