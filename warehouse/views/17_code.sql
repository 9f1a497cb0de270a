-- mart.code: the hub's code lists; grain: code system and code.
create view mart.code as select * from (values {codes}) as list (code_system, code, name_zh);
comment on view mart.code is 'code lists / 代码表';
comment on column mart.code.code_system is 'as the columns'' descriptions name it / 代码体系'; -- made: the hub's code list
comment on column mart.code.code is 'code / 代码'; -- made: the hub's code list
comment on column mart.code.name_zh is 'name / 名称'; -- made: the hub's code list
