-- current: the current state of an entity, sorted by business key
copy (
    select source, source_key, {columns}, derived, ended_sequence is not null as ended, refused_newer, {sealed} as sealed
    from core.{table} order by source collate "C", source_key collate "C"
) to stdout (format csv, header)

-- lookup: current rows of a source whose column holds one of these values, ended ones too
copy (select source_key, {columns} from core.{table} where source = {source} and {column} = any({keys})) to stdout (format csv, header)

-- crosswalk: whose each record is
copy (
    select entity, source, source_key, entity_id, grade from identity.crosswalk order by entity, source collate "C", source_key collate "C"
) to stdout (format csv, header)

-- golden: the golden records
copy (
    select person_id, name, sex_code, birth_date, ethnic_code, area_code, death_date, records, provenance::text, encode(sealed, 'hex') as sealed
    from identity.golden order by person_id collate "C"
) to stdout (format csv, header)
