-- no transaction
-- additive
-- Resources by the labels that the server has found, and by what they put together, for `_security`. docs/decisions/0053-labels-in-searches.md
drop index concurrently if exists fhir.label_labels;
create index concurrently label_labels on fhir.label using gin (labels);
drop index concurrently if exists fhir.label_member_members;
create index concurrently label_member_members on fhir.label_member using gin (members);
