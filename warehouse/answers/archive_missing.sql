-- zh: 领取待遇但缺核定档案
-- en: Archive items missing for a paid benefit
-- means: Persons who draw a pension of a line without an approval in the archive.
-- means zh: 领取养老金但档案中没有待遇核定材料的人员。
-- param lines: text[] = {110,120}; lines whose pensions need an approval / 需要核定材料的险种
-- param class: text = approval; class of the item, hub.archive_class / 档案分类
-- column person_key: mart.person / 人员键
-- column area_code: GB/T 2260 / 行政区划
-- column drawing: lines drawn from / 领取险种
-- column agreement: mart.person.agreement: how far the links of the person rest on one number / 归一依据强度
-- column doubts: doubtful pairs that touch the person / 涉及此人的待判定疑似对数
-- chart: area_code count
select p.person_key, p.area_code, p.drawing, p.agreement, p.doubts from mart.person p
where p.pensions > 0 and p.drawing && :lines and not exists (
    select from mart.archive_item a where a.person_key = p.person_key and a.class_code = :class and not a.is_withdrawn) order by 1
