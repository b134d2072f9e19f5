-- What people may do by the role that they have in an organisation.

-- A role of a person, in an organisation of an environment: Organization/<organization>.
create table sso.account_role (
  account_id   uuid not null references sso.account on delete cascade,
  environment  text not null check (environment in ('playground', 'production')),
  role         text not null check (role ~ '^[a-z][a-z0-9-]{0,63}$'),
  organization text not null check (organization ~ '^[A-Za-z0-9.-]{1,64}$'),
  primary key (account_id, environment, role, organization)
);

-- What a role permits: user/ scopes in the grammar of SMART, with {organization} and {practitioner} in the place of references.
-- A role without a row permits nothing.
create table sso.access_policy (
  role        text        not null check (role ~ '^[a-z][a-z0-9-]{0,63}$'),
  environment text        not null check (environment in ('playground', 'production')),
  scopes      text[]      not null check (cardinality(scopes) > 0),
  updated_at  timestamptz not null,
  updated_by  text        not null,
  primary key (role, environment)
);
