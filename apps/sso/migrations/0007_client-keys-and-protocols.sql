-- Keys of clients, and what else a registration may say about the protocols that its client speaks.

-- private_key_jwt (RFC 7523, SMART backend services): the client's public keys, here or where it publishes them. Such a client has
-- no secret.
alter table sso.client add column jwks jsonb;
alter table sso.client add column jwks_uri text;
alter table sso.client add constraint keys_in_one_place check (jwks is null or jwks_uri is null);
alter table sso.client add constraint keys_are_confidential check (not (public and (jwks is not null or jwks_uri is not null)));

-- The challenge of PKCE may be SHA-256 in hexadecimal, as some clients of the platform's first days send it.
alter table sso.client add column hex_challenge boolean not null default false;

-- The short authorization request is for public clients too; PKCE is then still required of them.
alter table sso.client drop constraint minimal_is_confidential;

-- Access tokens are bound to a key of the client (RFC 9449), always.
alter table sso.client add column dpop_bound boolean not null default false;

-- Where people may be sent after signing out, and where the client is told of it (OpenID Connect RP-Initiated and Back-Channel
-- Logout 1.0).
alter table sso.client add column post_logout_redirect_uris text[] not null default '{}';
alter table sso.client add column backchannel_logout_uri text;
