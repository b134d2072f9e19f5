-- additive
-- Codes on paper, by which a person who has been registered sets the first password.
create table sso.paper_code (
  code_hash  bytea       not null primary key check (octet_length(code_hash) = 32),  -- HMAC under a key that is not in the database: 60 random bits can be tried
  account_id uuid        not null unique references sso.account on delete cascade,  -- one of a person at a time
  made_at    timestamptz not null,
  expires_at timestamptz not null
);
create index paper_code_expiry on sso.paper_code (expires_at);
