-- additive
-- Applications that their developers register themselves by way of the portal (docs/decisions/0067-applications-of-developers.md).

-- An organisation of developers. It has nothing to do with an Organization of FHIR, and says nothing of who somebody is.
create table sso.developer_organization (
  organization_id uuid        not null primary key,
  name            text        not null check (name <> ''),
  created_at      timestamptz not null,
  created_by      uuid        not null references sso.account
);
create index developer_organization_maker on sso.developer_organization (created_by);

create table sso.developer_member (
  organization_id uuid        not null references sso.developer_organization,
  account_id      uuid        not null references sso.account,
  role            text        not null check (role in ('owner', 'developer')),
  joined_at       timestamptz not null,
  primary key (organization_id, account_id)
);
create index developer_member_account on sso.developer_member (account_id);

-- A client that belongs to an organisation of developers.
create table sso.application (
  client_id       text        not null primary key references sso.client,
  organization_id uuid        not null references sso.developer_organization,
  kind            text        not null check (kind in ('backend', 'web', 'single-page', 'telephone', 'device')),
  task            text        not null check (task <> ''),     -- its scopes were chosen by this
  made_at         timestamptz not null,
  made_by         uuid        not null references sso.account
);
create index application_organization on sso.application (organization_id, made_at desc);
create index application_maker on sso.application (made_by, made_at desc);
