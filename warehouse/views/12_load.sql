-- mart.load: every batch of every source and where its rows went; grain: batch and stream, as last published by then.
create view mart.load as
select distinct on (l.batch_id, l.stream) b.source, l.stream, l.batch_id, l.recorded_at as published_at, l.extracted, l.accepted, l.quarantined, l.unchanged, l.superseded,
    l.out_of_scope
from ops.ledger l join ops.batch b using (batch_id) where l.recorded_at <= {instant} order by l.batch_id, l.stream, l.replay desc;
comment on view mart.load is 'every batch and where its rows went / 每批数据的去向';
comment on column mart.load.source is 'mart.source / 来源系统'; -- made: the ledger
comment on column mart.load.stream is 'table, sheet or file of it / 数据表'; -- made: the ledger
comment on column mart.load.batch_id is 'the batch / 批次'; -- made: the ledger
comment on column mart.load.published_at is 'when it became visible / 发布时间'; -- made: the ledger
comment on column mart.load.extracted is 'rows; the sum of the five that follow / 提取行数，等于后五项之和'; -- made: the ledger
comment on column mart.load.accepted is 'rows / 接收行数'; -- made: the ledger
comment on column mart.load.quarantined is 'rows / 隔离行数'; -- made: the ledger
comment on column mart.load.unchanged is 'rows / 未变化行数'; -- made: the ledger
comment on column mart.load.superseded is 'rows / 被取代行数'; -- made: the ledger
comment on column mart.load.out_of_scope is 'rows / 范围外行数'; -- made: the ledger
