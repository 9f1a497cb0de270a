-- add: what one call of a stage cost
insert into ops.stage_time (stage, cpu_seconds, sealing_seconds) values (%(stage)s, %(cpu)s, %(sealing)s)

-- since: each stage's cost
select stage, count(*), sum(cpu_seconds), sum(sealing_seconds) from ops.stage_time where recorded_at >= %(moment)s group by stage order by min(recorded_at)
