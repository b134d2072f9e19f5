-- What a person signs in with beside or instead of a password.

alter table sso.account alter column password_hash drop not null;  -- null: only by passkey, or by an identity system

create table sso.totp (
  account_id   uuid        not null primary key references sso.account on delete cascade,
  secret       bytea       not null,                 -- sealed (AES-256-GCM), the account id as additional data
  created_at   timestamptz not null,
  confirmed_at timestamptz,                          -- null: shown, but no code of it was entered yet
  last_step    bigint                                -- of the last code that was taken: none is taken twice
);

-- Each opens the door once in place of a code. Fifty random bits under SHA-256 with the account id, behind a throttle.
create table sso.recovery_code (
  account_id uuid        not null references sso.account on delete cascade,
  code_hash  bytea       not null check (octet_length(code_hash) = 32),
  created_at timestamptz not null,
  used_at    timestamptz,
  primary key (account_id, code_hash)
);

create table sso.passkey (
  credential_id text        not null primary key,    -- base64url
  account_id    uuid        not null references sso.account on delete cascade,
  public_key    bytea       not null,                -- COSE
  counter       bigint      not null,                -- of signatures; 0 where the authenticator does not count
  name          text        not null,
  created_at    timestamptz not null,
  last_used_at  timestamptz
);
create index passkey_account on sso.passkey (account_id);

-- A sign-in of which the first factor is done and the second is not.
create table sso.sign_in_step (
  sign_in_hash bytea       not null primary key check (octet_length(sign_in_hash) = 32),  -- SHA-256 of the sign-in's uid
  account_id   uuid        not null references sso.account on delete cascade,
  methods      text[]      not null,                 -- amr values (RFC 8176) so far
  expires_at   timestamptz not null
);
create index sign_in_step_expiry on sso.sign_in_step (expires_at);
