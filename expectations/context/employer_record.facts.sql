select row_number, source_key, credit_code as value from part
