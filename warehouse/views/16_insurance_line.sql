-- mart.insurance_line: lines of insurance, hub.insurance; grain: line. Departments' own digits are mapped before: the medical bureau's 410 is 610 here.
create view mart.insurance_line as
select * from (values
    ('110', '企业职工基本养老保险', 'employee pension', 'pension'),
    ('120', '机关事业单位养老保险', 'civil-service pension', 'pension'),
    ('170', '城乡居民基本养老保险', 'resident pension', 'pension'),
    ('210', '失业保险', 'unemployment', 'unemployment'),
    ('310', '职工基本医疗保险', 'employee medical', 'medical'),
    ('390', '城乡居民基本医疗保险', 'resident medical', 'medical'),
    ('410', '工伤保险', 'work injury', 'injury'),
    ('510', '生育保险', 'maternity', 'maternity'),
    ('610', '长期护理保险', 'long-term care', 'care')) as line (insurance_code, name_zh, name_en, branch);
comment on view mart.insurance_line is 'lines of insurance / 险种';
comment on column mart.insurance_line.insurance_code is 'hub.insurance, after AAE140 of LD/T 92 / 险种代码'; -- from enrolment.insurance_code, contribution.insurance_code
comment on column mart.insurance_line.name_zh is 'name in Chinese / 中文名'; -- made: the hub's code list
comment on column mart.insurance_line.name_en is 'name in English / 英文名'; -- made: the hub's code list
comment on column mart.insurance_line.branch is 'pension, medical, unemployment, injury, maternity, care / 类别'; -- made: the hub's code list
