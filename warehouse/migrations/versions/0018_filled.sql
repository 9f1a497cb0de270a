-- When the value of a waiting case was last worked out, so that a run works out what it changed and what is a day old.
alter table identity.waiting add column filled_at timestamptz default now() not null;
comment on column identity.waiting.filled_at is 'when its value was last worked out; a day is as old as it gets';
