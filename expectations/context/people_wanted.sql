select distinct key from wanted_person_record
