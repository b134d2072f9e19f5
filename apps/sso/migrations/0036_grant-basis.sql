-- What a grant was given on: who the person was in the records of the client's environment, and whether the person had a role there. It is
-- compared at every refresh. Grants from before this table have no row and end by their age (30 days); what a refresh asks of the records
-- themselves holds for them too.
create table sso.grant_basis (
  grant_hash bytea       not null primary key check (octet_length(grant_hash) = 32), -- SHA-256 of the grant's id
  account_id uuid        not null references sso.account on delete cascade,
  fhir_user  text,                                                                   -- such as Practitioner/1
  patient    text,                                                                   -- the id of the person's own Patient
  had_role   boolean     not null,
  expires_at timestamptz not null
);
create index grant_basis_account on sso.grant_basis (account_id);
create index grant_basis_expiry on sso.grant_basis (expires_at);
