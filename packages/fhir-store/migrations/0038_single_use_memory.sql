-- additive
-- Since when the database remembers what was used once. The table of uses is unlogged: it is empty after a crash of PostgreSQL, and on a
-- standby that is promoted. This one is emptied together with it, and the next use notes the time anew; until what it forgot is good no
-- more, uses that may have been before that time are refused. docs/decisions/0012-proofs-used-once.md
create unlogged table fhir.single_use_memory (
  one   boolean primary key default true check (one),
  since timestamptz not null default clock_timestamp()
);
-- Uses were noted before there was this table, too.
insert into fhir.single_use_memory (since) values (now() - interval '1 hour');
