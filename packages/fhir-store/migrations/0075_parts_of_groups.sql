-- no transaction
-- additive
-- Roles, teams and groups in a role, a team or a group, without reading all members of a wide one.
drop index concurrently if exists fhir.care_link_part;
create index concurrently care_link_part on fhir.care_link (target, actor) where kind = 12;
