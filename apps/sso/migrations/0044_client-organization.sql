-- additive
-- The id of the Organization for which a client acts when it acts for itself; its tokens name it.
alter table sso.client add column organization text;
