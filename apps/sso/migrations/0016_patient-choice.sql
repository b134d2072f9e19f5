-- A patient whom a health worker chose while signing in stands where the context of a launch stands: it is used up by one grant.
-- What the roles of the health worker permit then holds for patient/ scopes too.
alter table sso.launch add column picked boolean not null default false;
