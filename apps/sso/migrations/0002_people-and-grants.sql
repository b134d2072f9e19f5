-- People who sign in, what they have agreed to, and what the protocol core must remember between two requests.

-- How a client authenticates (RFC 7591: none is a public client, which has no secret), and whether the short authorization
-- request of the platform document (client_id and redirect_uri alone) is enough for it.
alter table sso.client add column public boolean not null default false;
alter table sso.client add column minimal_authorize boolean not null default false;
alter table sso.client add constraint minimal_is_confidential check (not (public and minimal_authorize));

-- People. `account_id` is the `sub` of their tokens: it says nothing about them and never changes.
create table sso.account (
  account_id      uuid        not null primary key,
  username        text        not null unique check (username = lower(username) and username <> ''),
  name            text        not null check (name <> ''),          -- for the pages: how the person is greeted
  password_hash   text        not null,                             -- argon2id, in the PHC string format
  -- Wrong passwords since the last right one, and until when no password is accepted because of them.
  failed_attempts int         not null default 0,
  locked_until    timestamptz,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  disabled_at     timestamptz,
  disabled_reason text
);
comment on table sso.account is 'People who sign in';

-- Who a person is in the records of an environment: a Patient, a health worker, or both.
create table sso.account_identity (
  account_id  uuid not null references sso.account on delete cascade,
  environment text not null check (environment in ('playground', 'production')),
  type        text not null check (type in ('Patient', 'Practitioner', 'RelatedPerson')),
  fhir_id     text not null check (fhir_id ~ '^[A-Za-z0-9.-]{1,64}$'),
  primary key (account_id, environment, type)
);

-- What a person has allowed a client. Asked again only for a scope that is not here.
create table sso.consent (
  account_id uuid        not null references sso.account on delete cascade,
  client_id  text        not null references sso.client on delete cascade,
  scopes     text[]      not null,
  given_at   timestamptz not null,
  primary key (account_id, client_id)
);

-- Codes, refresh tokens, grants, sessions, sign-ins under way. Access tokens are signed and not here.
-- A row is found by the SHA-256 of what the browser or client holds, and its content is sealed (AES-256-GCM) under that
-- same value, so that whoever copies the table can neither use nor read a row.
create table sso.artifact (
  model       text        not null,
  id_hash     bytea       not null check (octet_length(id_hash) = 32),
  content     bytea       not null,
  grant_id    text,                       -- all that came of one authorization: revoked together
  uid         text,                       -- of a session, as tokens name it
  account_id  text,
  client_id   text,
  consumed_at timestamptz,                -- single use
  expires_at  timestamptz not null,
  primary key (model, id_hash)
);
create index artifact_grant on sso.artifact (grant_id) where grant_id is not null;
create index artifact_uid on sso.artifact (model, uid) where uid is not null;
create index artifact_account on sso.artifact (account_id) where account_id is not null;
create index artifact_expiry on sso.artifact (expires_at);

alter table sso.audit_event add column account_id uuid;
comment on column sso.audit_event.account_id is 'The person who signed in or for whom the token is';
