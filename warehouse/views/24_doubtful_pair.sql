-- mart.doubtful_pair: two persons who may be one, or share what only one can have, and wait for a steward; grain: pair of persons and kind.
create view mart.doubtful_pair as
select {key f.person_no} as person_key, {key f.other_no} as other_person_key, f.kind, p.area_code, p.birth_month, f.probability, least(p.agreement, o.agreement) as agreement,
    p.records + o.records as records, array(select distinct unnest(p.sources || o.sources) order by 1) as sources
from star.pair f join star.person p on p.person_no = f.person_no and {known p} join star.person o on o.person_no = f.other_no and {known o} where {known f};
comment on view mart.doubtful_pair is 'two persons who may be one and wait for a steward / 待判定疑似对：两人可能为同一人';
comment on column mart.doubtful_pair.person_key is 'mart.person / 人员键'; -- made: pairs that matching left to a steward
comment on column mart.doubtful_pair.other_person_key is 'mart.person: the other one / 另一人员键'; -- made: pairs that matching left to a steward
comment on column mart.doubtful_pair.kind is 'possible; two_numbers: all says one person, but two valid numbers; shared_number: one number, but all says two; bridge, contradiction / 类别：疑似同一人、一人多号、重号、桥接、矛盾'; -- made: pairs that matching left to a steward
comment on column mart.doubtful_pair.area_code is 'county of the first person, GB/T 2260 / 行政区划'; -- from person_record.area_code
comment on column mart.doubtful_pair.birth_month is 'of the first person, YYYY-MM / 出生年月'; -- from person_record.birth_date
comment on column mart.doubtful_pair.probability is 'of being one person, by the evidence without the numbers, 0 to 1 / 为同一人的概率（0至1）'; -- made: matching
comment on column mart.doubtful_pair.agreement is 'mart.person.agreement, the lower of the two / 两者中较低的归一依据强度'; -- from person_record.id_number
comment on column mart.doubtful_pair.records is 'source records of both / 两人来源记录数'; -- from person_record.name
comment on column mart.doubtful_pair.sources is 'departments that know either / 掌握其中任一人的来源系统'; -- from person_record.name
