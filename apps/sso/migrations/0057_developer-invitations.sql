-- additive
-- Invitations into an organisation of developers: a link that is good once, for a week. Members get other roles and leave, so the server may
-- now change and remove rows of sso.developer_member.

create table sso.developer_invitation (
  token_hash      bytea       not null primary key check (octet_length(token_hash) = 32),  -- SHA-256 of 256 random bits
  organization_id uuid        not null references sso.developer_organization,
  role            text        not null check (role in ('owner', 'developer')),
  made_at         timestamptz not null,
  made_by         uuid        not null references sso.account,
  expires_at      timestamptz not null
);
create index developer_invitation_organization on sso.developer_invitation (organization_id);
