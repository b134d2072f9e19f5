-- Administrators of organisations: the role organization-administrator of sso.account_role. At the pages of the Single Sign-On it gives
-- and takes, in that organisation alone, the roles that operators have marked.

-- Whether administrators of organisations may give the role. No role, unless an operator says so.
alter table sso.access_policy add column delegated boolean not null default false
  check (not (delegated and role = 'organization-administrator'));

-- Who has a role in an organisation.
create index account_role_organization on sso.account_role (environment, organization, account_id);
