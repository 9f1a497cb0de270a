select row_number, source_key, hash(person_key, insurance_code, benefit_code, period_month, start_date, paid_date, amount) as value from part
