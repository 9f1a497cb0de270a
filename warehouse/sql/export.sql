-- current: the current state of an entity, sorted by business key
copy (
    select source, source_key, {columns}, derived, ended_sequence is not null as ended, refused_newer, {sealed} as sealed
    from core.{table} order by source collate "C", source_key collate "C"
) to stdout (format csv, header)

-- lookup: current rows of a source whose column holds one of these values, ended ones too
copy (select source_key, {columns} from core.{table} where source = {source} and {column} = any({keys})) to stdout (format csv, header)
