-- The first tables of the Single Sign-On server: who may ask for tokens, what they are signed with, what was decided.
-- The schema itself is made by the migration runner.

-- Registered clients (RFC 6749 section 2). Every process reads the row for every token request, so a change is in
-- force at once everywhere; nothing about a client is cached beyond its row version.
create table sso.client (
  client_id            text        not null primary key check (client_id ~ '^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$'),
  name                 text        not null check (name <> ''),
  environment          text        not null check (environment in ('playground', 'production')),
  grants               text[]      not null,           -- grant_type values, as in RFC 6749
  scopes               text[]      not null,           -- the allow-list; also what a request without scope gets
  redirect_uris        text[]      not null default '{}',
  -- SHA-256 of the secret. A fast hash is right here and only here: a secret is 256 random bits made by this server,
  -- so there is nothing to guess; people's passwords need a slow one.
  secret_hash          bytea                check (octet_length(secret_hash) = 32),
  secret_created_at    timestamptz,
  -- The secret before the last rotation, while both are accepted; null when only one is.
  previous_secret_hash bytea                check (octet_length(previous_secret_hash) = 32),
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  disabled_at          timestamptz,                    -- null: enabled
  disabled_reason      text
);

comment on table sso.client is 'Registered OAuth clients';

-- Signing keys, shared by all processes. A key is published first (created_at), signs later (signs_from), and leaves the
-- JWKS when no token signed with it can still be valid (retires_at).
create table sso.signing_key (
  kid         text        not null primary key,        -- RFC 7638 thumbprint of the public key
  alg         text        not null check (alg in ('ES256', 'RS256')),
  public_jwk  jsonb       not null,                    -- public members only
  -- PKCS #8, sealed with AES-256-GCM under the operator's encryption key: nonce (12) || tag (16) || ciphertext, the kid
  -- as additional data. A copy of the database alone cannot sign.
  private_key bytea       not null,
  created_at  timestamptz not null,
  signs_from  timestamptz not null,
  retires_at  timestamptz                              -- null: not planned
);

comment on table sso.signing_key is 'Keys that sign access tokens (ES256) and id_tokens (RS256)';

-- What was decided and by whom: every token issued or refused, every act of administration. Append only.
-- Never a secret, a token, a code or anything that could be used as one: `jti` names a token without being it.
create table sso.audit_event (
  id        bigint      not null generated always as identity primary key,
  recorded  timestamptz not null,
  event     text        not null,                      -- token.issued, token.refused, client.created, ...
  reason    text,                                      -- why refused (a stable code), or what the administrator said
  client_id text,                                      -- as given, when it has the shape of an id; it may not exist
  actor     text,                                      -- who administered: cli:<operating system user>
  address   inet,                                      -- where a request came from
  jti       text,                                      -- id of the token issued
  scope     text                                       -- what the token permits
);

comment on table sso.audit_event is 'Append-only record of decisions and of administration';

-- Time order is insertion order, near enough for block ranges; a B-tree would cost more than the row itself.
create index audit_event_recorded on sso.audit_event using brin (recorded);
create index audit_event_client on sso.audit_event (client_id, id);
