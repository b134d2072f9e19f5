-- additive
-- Another level of the log than DHP_LOG says, for a while, at every node that serves. Its owner alone reads and writes it. docs/decisions/0140-log-while-it-runs.md

create table sso.log_level (
  one     boolean     not null primary key default true check (one),
  level   text        check (level in ('error', 'warn', 'info', 'debug')),
  share   float8      check (share between 0 and 1),  -- of the access log; null: as DHP_ACCESS_LOG says, as is the level
  servers text[]      not null,                       -- those that are meant
  until   timestamptz not null,
  set_by  text        not null,
  reason  text        not null
);
