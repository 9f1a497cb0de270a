-- mart.source: departments, and how far their data can be relied on; grain: source, as at the last refresh.
create view mart.source as
select s.source, s.name_zh, s.name_en, s.published_at, s.rows_known, s.rows_waiting, s.records, s.records_doubtful from star.source s where {known s};
comment on view mart.source is 'departments, and how far their data can be relied on / 来源系统及其数据质量';
comment on column mart.source.source is 'name of the source / 来源系统'; -- made: the source's declaration
comment on column mart.source.name_zh is 'department, in Chinese / 部门（中文）'; -- made: the source's declaration
comment on column mart.source.name_en is 'department, in English / 部门（英文）'; -- made: the source's declaration
comment on column mart.source.published_at is 'when its last batch became visible / 最近发布时间'; -- made: the ledger
comment on column mart.source.rows_known is 'rows it holds, by key / 在册行数'; -- made: the ledger
comment on column mart.source.rows_waiting is 'rows that wait in quarantine / 隔离区待处理行数'; -- made: the quarantine
comment on column mart.source.records is 'person records / 人员记录数'; -- from person_record.name
comment on column mart.source.records_doubtful is 'of those, in a doubtful pair that waits for a steward / 其中处于待判定疑似对的记录数'; -- made: pairs that matching left to a steward
