-- Identity systems of others by which people sign in, and whom they say somebody is.

-- HMAC-SHA-256 of the PINFL under a key of this server: it finds the person, and tells nobody who it is.
alter table sso.account add column pinfl_hash bytea unique check (octet_length(pinfl_hash) = 32);

create table sso.upstream_link (
  upstream     text        not null,
  subject_hash bytea       not null check (octet_length(subject_hash) = 32),  -- HMAC of the id there
  account_id   uuid        not null references sso.account on delete cascade,
  linked_at    timestamptz not null,
  primary key (upstream, subject_hash)
);
create unique index upstream_link_account on sso.upstream_link (account_id, upstream);

-- Who was sent there and is not back yet: single use, bound to the sign-in and so to its browser.
create table sso.upstream_state (
  state_hash bytea       not null primary key check (octet_length(state_hash) = 32),
  sign_in    text        not null,                  -- its uid, which without the browser's cookie opens nothing
  upstream   text        not null,
  secrets    bytea       not null,                  -- sealed: nonce and code verifier
  expires_at timestamptz not null
);
create index upstream_state_expiry on sso.upstream_state (expires_at);
