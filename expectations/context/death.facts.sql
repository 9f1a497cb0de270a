select row_number, source_key, person_key, death_date, person_key as value from part
