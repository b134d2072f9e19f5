-- additive
-- Accounts that an identity system for trying out has opened: whose they are nobody has proved, so no client of production gets a token for them.
alter table sso.account add column is_test boolean not null default false;
