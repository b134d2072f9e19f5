-- What was issued and no longer counts, for as long as a token of that time could still be valid. The FHIR servers read it again
-- and again: an access token is refused when its jti, grant, person or client is here and it was issued before that.
create table sso.revocation (
  subject    text        not null,             -- jti:…, grant:…, sub:… or client:…, as the claims of a token name it
  revoked_at timestamptz not null,
  expires_at timestamptz not null,             -- when the last token that it could concern has expired
  primary key (subject)
);
create index revocation_time on sso.revocation (revoked_at);
