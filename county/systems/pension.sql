-- The pension centre's tables, LD/T 92 names; no primary keys, as in real exports: an index on each key and on the update stamp.
CREATE TABLE ac01 (
    aac001 varchar, aaa029 varchar, aac002 varchar, aae135 varchar, aac003 varchar, aac004 varchar, aac005 varchar, aac006 varchar, aac008 varchar,
    aae005 varchar, aae006 varchar, aab001 varchar, aae010 varchar, aae138 varchar, aab301 varchar, aae036 timestamp
);
CREATE TABLE ab01 (aab001 varchar, aab004 varchar, bab010 varchar, aab019 varchar, aae006 varchar, aab301 varchar, aae036 timestamp);
CREATE TABLE ac02 (
    aaz159 varchar, aac001 varchar, aab001 varchar, aae140 varchar, aac008 varchar, aac031 varchar, aae030 varchar, aae031 varchar, aab301 varchar, aae036 timestamp
);
CREATE TABLE ac43 (
    aaz223 bigint, aac001 varchar, aab001 varchar, aae140 varchar, aae003 varchar, aae180 numeric(12, 2), aae022 numeric(12, 2), aae020 numeric(12, 2),
    aaa115 varchar, aae079 varchar, aab301 varchar, bae223 bigint, aae036 timestamp
);
CREATE TABLE ac61 (
    aaz220 bigint, aac001 varchar, aae140 varchar, aaa036 varchar, aae002 varchar, aae019 numeric(12, 2), bae040 varchar, aae010 varchar, aab301 varchar, aae036 timestamp
);
