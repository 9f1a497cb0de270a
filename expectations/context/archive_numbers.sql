select distinct value as key from facts_archive_item where value is not null
