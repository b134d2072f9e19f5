-- Links by which a person sets a password: who forgot it, and who was invited.
alter table sso.account add column email text check (email = lower(email));

create table sso.password_link (
  token_hash bytea       not null primary key check (octet_length(token_hash) = 32),  -- SHA-256 of 256 random bits
  account_id uuid        not null references sso.account on delete cascade,
  purpose    text        not null check (purpose in ('reset', 'invitation')),
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index password_link_account on sso.password_link (account_id);
create index password_link_expiry on sso.password_link (expires_at);
