-- Keys referred to that no good row of this batch has.
select distinct key
from wanted_{entity}
where key not in (select source_key from facts_{entity} where row_number not in (select row_number from refused))
