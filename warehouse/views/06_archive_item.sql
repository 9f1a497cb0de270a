-- mart.archive_item: items of the paper archive, without title (it names people); grain: archive item.
create view mart.archive_item as
select
    p.entity_id as person_id, f.source, f.archive_number, f.fonds, f.catalogue, f.year, f.class_code, f.retention_code, f.pages, f.made_on,
    f.ended_sequence is not null as is_withdrawn
from core.archive_item f
left join identity.crosswalk p on p.entity = 'person_record' and p.source = f.source and p.source_key = f.person_key;
comment on view mart.archive_item is '档案: items of the paper archive, each under its person / 档案条目';
comment on column mart.archive_item.person_id is 'mart.person / 人员标识';
comment on column mart.archive_item.source is 'archive system / 来源系统';
comment on column mart.archive_item.archive_number is 'archive number / 档号';
comment on column mart.archive_item.fonds is 'fonds / 全宗号';
comment on column mart.archive_item.catalogue is 'catalogue / 目录号';
comment on column mart.archive_item.year is 'year of the item / 年度';
comment on column mart.archive_item.class_code is 'hub.archive_class / 分类';
comment on column mart.archive_item.retention_code is 'permanent, or years / 保管期限';
comment on column mart.archive_item.pages is 'pages / 页数';
comment on column mart.archive_item.made_on is 'day of the document / 形成日期';
comment on column mart.archive_item.is_withdrawn is 'the row is no longer in the catalogue / 来源已删除';
