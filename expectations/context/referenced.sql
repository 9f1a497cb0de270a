-- Which of the records referred to are here, and which only wait in quarantine; a good version in core counts as here.
create or replace table state_{entity} as
select
    source_key,
    case when bool_or(row_number is null or row_number not in (select row_number from refused)) then 'here' else 'refused' end as state,
    max(row_number) as state_row
from facts_{entity}
group by source_key
