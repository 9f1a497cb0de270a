select row_number, source_key, id_number as value, birth_date from part
