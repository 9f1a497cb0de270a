-- zh: 各部门数据质量与趋势
-- en: Data quality by department and trend
-- means: Per department and month of publication: rows extracted, share refused; and what waits now.
-- means zh: 各部门按发布月份的提取行数、隔离比例，以及当前待处理行数。
-- column source: mart.source / 来源系统
-- column month: month of publication / 发布月份
-- column batches: batches / 批次数
-- column extracted: rows / 提取行数
-- column quarantined: rows refused / 隔离行数
-- column quarantined_share: share of the rows / 隔离比例
-- column waiting: rows that wait, of all batches / 待处理行数
-- chart: source quarantined_share
select l.source, date_trunc('month', l.published_at)::date as month, count(distinct l.batch_id) as batches, sum(l.extracted)::bigint as extracted,
    sum(l.quarantined)::bigint as quarantined, round(sum(l.quarantined) / nullif(sum(l.extracted), 0), 5) as quarantined_share, max(s.rows_waiting) as waiting
from mart.load l left join mart.source s using (source) group by 1, 2 order by 1, 2
