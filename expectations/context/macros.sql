-- Days as yyyymmdd and months as yyyymm: numbers compare fast, and a partial date becomes its first or last day.
create macro day_of(value) as year(value) * 10000 + month(value) * 100 + day(value);
create macro month_of(value) as year(value) * 100 + month(value);
create macro earliest(written) as try_cast(rpad(replace(written, '-', ''), 8, '0101') as integer);
create macro latest(written) as try_cast(replace(written, '-', '') || case length(written) when 4 then '1231' when 7 then '31' else '' end as integer);
-- A partial date as the calendar reads it back: null where there is no such day.
create macro read_back(written) as case when try_strptime(rpad(replace(written, '-', ''), 8, '0101'), '%Y%m%d') is not null then written end;
-- Where the record is that a reference names: here, refused (its own row waits in quarantine) or absent; null where the source gives no such records.
create macro where_is(key, state, state_row, own_row, given) as
    case when key is not null and given then if(state_row = own_row, 'here', coalesce(state, 'absent')) end;
