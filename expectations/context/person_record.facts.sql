select row_number, source_key, case when not contains(id_number, '*') then id_number end as value, birth_date from part
