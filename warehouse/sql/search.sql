-- by_number: records with this number
select source, source_key from core.person_record where id_number_blind = %(blind)s limit %(limit)s

-- by_phone: records with this phone
select source, source_key from core.person_record where phone_blind = %(blind)s limit %(limit)s

-- by_name: records of exactly this name, now or formerly
select source, source_key from core.person_record where name = %(text)s
union select source, source_key from core.person_record where former_name = %(text)s limit %(limit)s

-- by_name_beginning: records whose name begins so
select source, source_key from core.person_record where starts_with(name, %(text)s) limit %(limit)s

-- by_pinyin: records whose name is so typed
select p.source, p.source_key from identity.name_key k join core.person_record p on p.name = k.name where k.pinyin = %(text)s
union select p.source, p.source_key from identity.name_key k join core.person_record p on p.former_name = k.name where k.pinyin = %(text)s limit %(limit)s

-- by_pinyin_beginning: records whose name begins so when typed
select p.source, p.source_key from identity.name_key k join core.person_record p on p.name = k.name where starts_with(k.pinyin, %(text)s) limit %(limit)s

-- by_initials: records whose name has these initials
select p.source, p.source_key from identity.name_key k join core.person_record p on p.name = k.name where k.initials = %(text)s limit %(limit)s

-- by_key: records a source numbers so
select source, source_key from core.person_record where source_key = %(text)s limit %(limit)s

-- by_key_beginning: records whose number at the source begins so
select source, source_key from core.person_record where starts_with(source_key, %(text)s) limit %(limit)s
