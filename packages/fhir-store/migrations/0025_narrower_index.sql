-- Narrower rows for searches, and a posting for each value instead of several. What the rows hold follows another definition of the
-- index (9), so all are made anew, as after any such change: docs/decisions/0007-search.md. Emptied, because each would be written
-- over and leave its room behind.
set local lock_timeout = '3s';
truncate fhir.search, fhir.tok, fhir.num, fhir.date, fhir.str, fhir.contained, fhir.index_state;
alter table fhir.search
  add column has bigint not null default 0, -- which of the usual parameters have a value, a bit for each
  add column np  smallint,                  -- how many of the first numbers have a row in fhir.num; null: there are none
  alter column long drop not null,          -- null, which takes no room, where it does not
  alter column long set default null;
-- The codes that have a row in fhir.tok are the first of `keys`, as many as `tsys` has systems. `tk` is that of rows that a server of
-- the version before has stored beside this one. `nhi` is null where no number is a range.
alter table fhir.contained add column has bigint not null default 0;
alter table fhir.tok alter column long drop not null;
alter table fhir.date alter column long drop not null;
