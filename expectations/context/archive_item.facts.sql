select row_number, source_key, archive_number as value from part
