-- Definition 10 of the index, for which all rows are made anew (docs/decisions/0007-search.md). The systems of the codes that are posted
-- stand in fhir.tok alone; of a number that is no range the upper end is null. `tk` and `tsys` are those of rows that a server of a
-- version before has stored beside this one.
set local lock_timeout = '3s';
truncate fhir.search, fhir.tok, fhir.num, fhir.date, fhir.str, fhir.contained, fhir.index_state;
alter table fhir.search
  add column tn smallint, -- how many of the first keys have a row in fhir.tok; null: none
  add column ts int;      -- hash of their systems, in the same order
alter table fhir.num alter column hi drop not null;
