-- additive
-- Grows with each act that ends sign-ins under way: another password, a factor added or removed, everything signed out. What was checked before
-- such an act makes no session after it: the session is written only while the version is the one that the check has read.
alter table sso.account add column credentials_version integer not null default 0;
