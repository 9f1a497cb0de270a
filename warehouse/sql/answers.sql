-- quality: how far the mart can be relied on: freshness, what waits, what rests on possible links
select min(published_at) as oldest, max(published_at) as newest, coalesce(sum(rows_waiting), 0)::bigint as rows_waiting,
    coalesce(round(sum(rows_waiting) / nullif(sum(rows_known + rows_waiting), 0), 5), 0) as waiting_share,
    coalesce(sum(records_doubtful), 0)::bigint as records_doubtful,
    coalesce(round(sum(records_doubtful) / nullif(sum(records), 0), 5), 0) as doubtful_share
from mart.source
