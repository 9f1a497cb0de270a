-- mart.calendar: the months facts are about; grain: month.
create view mart.calendar as
select m::date as month, extract(year from m)::int as year, extract(quarter from m)::int as quarter, extract(month from m)::int as month_of_year, to_char(m, 'YYYY-MM') as label
from generate_series(timestamp '1980-01-01', timestamp '2060-12-01', interval '1 month') as m;
comment on view mart.calendar is 'months / 日历：月';
comment on column mart.calendar.month is 'first day of the month / 当月第一日'; -- made: the calendar
comment on column mart.calendar.year is 'year / 年'; -- made: the calendar
comment on column mart.calendar.quarter is 'quarter, 1 to 4 / 季度'; -- made: the calendar
comment on column mart.calendar.month_of_year is 'month, 1 to 12 / 月'; -- made: the calendar
comment on column mart.calendar.label is 'YYYY-MM / 年月'; -- made: the calendar
