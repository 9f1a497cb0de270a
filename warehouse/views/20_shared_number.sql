-- mart.shared_number: two persons on whose records the same valid number stands; grain: pair of persons.
create view mart.shared_number as
select {key a.entity_no} as person_key, {key b.entity_no} as other_person_key, p.area_code, min(p.agreement) as agreement, min(q.agreement) as other_agreement
from star.person p
join star.record a on a.entity_no = p.person_no and {known a}
join star.record b on b.number = a.number and b.entity_no > a.entity_no and {known b}
join star.person q on q.person_no = b.entity_no and {known q}
where p.shares > 0 and {known p} group by a.entity_no, b.entity_no, p.area_code;
comment on view mart.shared_number is 'two persons on whose records the same valid identity number stands / 重号：两人持有同一有效证件号码';
comment on column mart.shared_number.person_key is 'mart.person / 人员键'; -- from person_record.id_number
comment on column mart.shared_number.other_person_key is 'mart.person: the other one / 另一人员键'; -- from person_record.id_number
comment on column mart.shared_number.area_code is 'county of the first person, GB/T 2260 / 行政区划'; -- from person_record.area_code
comment on column mart.shared_number.agreement is 'mart.person.agreement of the first / 前者的归一依据强度'; -- from person_record.id_number
comment on column mart.shared_number.other_agreement is 'mart.person.agreement of the other / 后者的归一依据强度'; -- from person_record.id_number
