-- Totals that must agree; the last column says whether they do.  Run by tests/warehouse/test_mart.py.
-- 1. Per source and month paid for: contribution lines and amounts in the mart = in core.  2. The same for benefits.
-- 3. Per source and month of publication: rows accepted in the ledger = rows whose records stand in core or its history.
with mart_totals as (
    select 'contribution' as what, source, period_month as month, count(*) as lines, sum(coalesce(person_amount, 0) + coalesce(employer_amount, 0)) as amount
    from mart.contribution group by 1, 2, 3
    union all select 'benefit', source, period_month, count(*), sum(amount) from mart.benefit group by 1, 2, 3
), core_totals as (
    select 'contribution' as what, source, period_month as month, count(*) as lines, sum(coalesce(person_amount, 0) + coalesce(employer_amount, 0)) as amount
    from core.contribution group by 1, 2, 3
    union all select 'benefit', source, period_month, count(*), sum(amount) from core.benefit group by 1, 2, 3
), written as (
    select source, batch_id, row_number from core.person_record union select source, batch_id, row_number from core.person_record_history
    union select source, batch_id, row_number from core.employer_record union select source, batch_id, row_number from core.employer_record_history
    union select source, batch_id, row_number from core.enrolment union select source, batch_id, row_number from core.enrolment_history
    union select source, batch_id, row_number from core.contribution union select source, batch_id, row_number from core.contribution_history
    union select source, batch_id, row_number from core.benefit union select source, batch_id, row_number from core.benefit_history
    union select source, batch_id, row_number from core.death union select source, batch_id, row_number from core.death_history
    union select source, batch_id, row_number from core.archive_item union select source, batch_id, row_number from core.archive_item_history
), kept as (
    select w.source, date_trunc('month', b.published_at)::date as month, count(*) as lines from written w join ops.batch b using (batch_id) group by 1, 2
), accepted as (
    select b.source, date_trunc('month', b.published_at)::date as month, sum(l.accepted) as lines
    from ops.ledger l join ops.batch b using (batch_id) where b.state = 'published' group by 1, 2
)
select coalesce(m.what, c.what) as what, coalesce(m.source, c.source) as source, coalesce(m.month, c.month) as month, m.lines as mart_lines, c.lines as core_lines, m.amount as mart_amount,
    c.amount as core_amount, m.lines is not distinct from c.lines and m.amount is not distinct from c.amount as agrees
from mart_totals m full join core_totals c on c.what = m.what and c.source = m.source and c.month is not distinct from m.month
union all
select 'accepted rows', coalesce(k.source, a.source), coalesce(k.month, a.month), a.lines, k.lines, null, null, a.lines is not distinct from k.lines
from kept k full join accepted a using (source, month)
order by 1, 2, 3
