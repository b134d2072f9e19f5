-- additive
-- docs/decisions/0132-acts-that-hold-their-session.md

-- A new address is confirmed for as long as the person signs in as when that was asked for; null: of a version before, or of a link that nothing ends so.
alter table sso.own_link add column credentials_version integer;
