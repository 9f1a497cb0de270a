-- mart.data_quality: how far each source's data can be relied on today; grain: source and stream.
create view mart.data_quality as
with latest as (
    select distinct on (b.source, l.stream) b.source, l.stream, l.batch_id, b.published_at, l.extracted, l.accepted, l.quarantined, l.unchanged, l.superseded, l.out_of_scope
    from ops.ledger l join ops.batch b using (batch_id, replay)
    where b.state = 'published' and b.kind <> 'repair' order by b.source, l.stream, b.sequence desc
)
select
    s.source, s.stream, s.batch_id, s.published_at, s.extracted, s.accepted, s.quarantined, s.unchanged, s.superseded, s.out_of_scope,
    (select count(*) from ops.quarantine q where q.source = s.source and q.stream = s.stream and q.state = 'open') as waiting_rows,
    (select count(*) from ops.finding f where f.source = s.source) as source_findings,
    (select count(*) from identity.pair p where s.source in (p.left_source, p.right_source)) as source_possible_pairs
from latest s;
comment on view mart.data_quality is 'the last batch of each source and stream, and what waits / 各来源最近一批的数据质量';
comment on column mart.data_quality.source is 'department system / 来源系统'; -- made: the ledger, the quarantine and the pairs that wait
comment on column mart.data_quality.stream is 'table, sheet or file of it / 数据表'; -- made: the ledger, the quarantine and the pairs that wait
comment on column mart.data_quality.batch_id is 'the last published batch / 最近批次'; -- made: the ledger, the quarantine and the pairs that wait
comment on column mart.data_quality.published_at is 'when it became visible / 发布时间'; -- made: the ledger, the quarantine and the pairs that wait
comment on column mart.data_quality.extracted is 'rows / 提取行数'; -- made: the ledger, the quarantine and the pairs that wait
comment on column mart.data_quality.accepted is 'rows / 接收行数'; -- made: the ledger, the quarantine and the pairs that wait
comment on column mart.data_quality.quarantined is 'rows / 隔离行数'; -- made: the ledger, the quarantine and the pairs that wait
comment on column mart.data_quality.unchanged is 'rows / 未变化行数'; -- made: the ledger, the quarantine and the pairs that wait
comment on column mart.data_quality.superseded is 'rows / 被取代行数'; -- made: the ledger, the quarantine and the pairs that wait
comment on column mart.data_quality.out_of_scope is 'rows / 范围外行数'; -- made: the ledger, the quarantine and the pairs that wait
comment on column mart.data_quality.waiting_rows is 'rows of this stream that wait in quarantine / 待处理隔离行数'; -- made: the ledger, the quarantine and the pairs that wait
comment on column mart.data_quality.source_findings is 'findings on accepted records of the source / 质量问题数'; -- made: the ledger, the quarantine and the pairs that wait
comment on column mart.data_quality.source_possible_pairs is 'doubtful pairs with a record of the source / 待判定疑似重复数'; -- made: the ledger, the quarantine and the pairs that wait
