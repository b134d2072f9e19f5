-- Registration of clients by programs (RFC 7591, RFC 7592), and what a registration says beside what decides.

-- Initial access tokens: who holds one may register clients, so many, until then, and with no more than these scopes.
create table sso.registration_token (
  token_id   text        not null primary key,                                      -- names it without being it
  token_hash bytea       not null unique check (octet_length(token_hash) = 32),     -- SHA-256 of 256 random bits
  name       text        not null check (name <> ''),                               -- for whom it was made
  environment text       not null check (environment in ('playground', 'production')),
  scopes     text[]      not null check (cardinality(scopes) > 0),
  max_uses   int         not null check (max_uses > 0),
  uses       int         not null default 0 check (uses between 0 and max_uses),
  created_at timestamptz not null,
  created_by text        not null,
  expires_at timestamptz not null,
  ended_at   timestamptz,                                                           -- before its time, by an operator
  ended_by   text
);
create index registration_token_newest on sso.registration_token (created_at desc, token_id desc);

-- By which of them the client came; null: an operator registered it.
alter table sso.client add column registered_with text references sso.registration_token;
-- What its scopes may become when it changes its own registration: what the token allowed, or an operator left it.
alter table sso.client add column scope_limit text[];
-- The registration access token by which the client reads and changes its own registration.
alter table sso.client add column registration_hash bytea unique check (octet_length(registration_hash) = 32);
-- For people and for launching: addresses, contacts, software, under the names of RFC 7591.
alter table sso.client add column details jsonb not null default '{}';
