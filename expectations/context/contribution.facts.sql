select row_number, source_key, hash(person_key, insurance_code, period_month, kind_code, base_amount, person_amount, employer_amount) as value from part
