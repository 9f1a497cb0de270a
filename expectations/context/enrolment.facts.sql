select row_number, source_key, person_key, insurance_code, start_date, end_date, hash(person_key, insurance_code, start_date) as value from part
