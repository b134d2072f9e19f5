-- additive
-- The emergency that the software of a health worker states with a launch: the reason in words, and when it was stated.
alter table sso.launch add column emergency jsonb;
