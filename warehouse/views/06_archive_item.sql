-- mart.archive_item: items of the paper archive, without title (it names people); grain: archive item.
create view mart.archive_item as
select {key f.person_no} as person_key, f.source, f.area_code, f.archive_number, f.fonds, f.catalogue, f.year, f.class_code, f.retention_code, f.pages, f.made_on,
    f.is_withdrawn
from star.archive_item f where {known f};
comment on view mart.archive_item is 'items of the paper archive, each under its person / 档案条目：归到人';
comment on column mart.archive_item.person_key is 'mart.person; null while the record is not resolved / 人员键'; -- from archive_item.person_key
comment on column mart.archive_item.source is 'mart.source: the archive system / 来源系统'; -- made: the source the row came from
comment on column mart.archive_item.area_code is 'county of the person, GB/T 2260 / 人员所在行政区划'; -- from person_record.area_code
comment on column mart.archive_item.archive_number is 'archive number / 档号'; -- from archive_item.archive_number
comment on column mart.archive_item.fonds is 'fonds / 全宗号'; -- from archive_item.fonds
comment on column mart.archive_item.catalogue is 'catalogue / 目录号'; -- from archive_item.catalogue
comment on column mart.archive_item.year is 'year of the item / 年度'; -- from archive_item.year
comment on column mart.archive_item.class_code is 'hub.archive_class / 分类'; -- from archive_item.class_code
comment on column mart.archive_item.retention_code is 'hub.retention: permanent, or years / 保管期限'; -- from archive_item.retention_code
comment on column mart.archive_item.pages is 'pages / 页数'; -- from archive_item.pages
comment on column mart.archive_item.made_on is 'day of the document / 形成日期'; -- from archive_item.made_on
comment on column mart.archive_item.is_withdrawn is 'the row is no longer in the catalogue / 目录中已删除'; -- made: the source shows the row no more
