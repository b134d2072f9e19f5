-- additive
-- What was done to the trail by right: periods that left, keys that were destroyed. docs/decisions/0043-life-of-the-trail.md
create table fhir.audit_act (
  id        bigint not null primary key, -- 1, 2, 3 … in the order in which they were done
  statement text   not null,             -- JSON of @dhp/trail
  signature bytea  not null              -- Ed25519, with a key that is not in the database
);
create trigger append_only before update or delete or truncate on fhir.audit_act
  for each statement execute function fhir.refuse_audit_change();
