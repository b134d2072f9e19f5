-- additive
-- What people do with their own account: another e-mail address, and the end of the account.

-- Each is a link that was sent: the new address confirms itself, the old one takes the change back, and who ended the account takes that back.
create table sso.own_link (
  token_hash bytea       not null primary key check (octet_length(token_hash) = 32),  -- SHA-256 of 256 random bits
  account_id uuid        not null references sso.account on delete cascade,
  purpose    text        not null check (purpose in ('confirm-email', 'undo-email', 'reopen')),
  email      text        check (email = lower(email)),                                -- the address that it leads to
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index own_link_account on sso.own_link (account_id);
create index own_link_expiry on sso.own_link (expires_at);

-- An account that its person has closed is disabled since `closed_at`, and erased at `erase_after` if it is still disabled since then.
alter table sso.account add column closed_at timestamptz;
alter table sso.account add column erase_after timestamptz;
alter table sso.account add column erased_at timestamptz;
create index account_erase_after on sso.account (erase_after) where erase_after is not null;
