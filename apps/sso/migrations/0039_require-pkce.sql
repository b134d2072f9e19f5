-- PKCE is optional for confidential clients, unless the server or the registration demands it. Public clients must use it in any case.
alter table sso.client add column require_pkce boolean not null default false;
