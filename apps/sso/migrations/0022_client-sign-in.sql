-- How people may sign in at a client ('password', 'passkey', ids of identity systems; empty: every way there is), and its picture.
alter table sso.client add column sign_in_methods text[] not null default '{}';

create table sso.client_logo (
  -- Also its address: what is at it never changes.
  sha256 text primary key,
  media_type text not null check (media_type in ('image/png', 'image/jpeg', 'image/webp')),
  content bytea not null check (length(content) <= 65536)
);
alter table sso.client add column logo_sha256 text references sso.client_logo;
create index client_logo_of on sso.client (logo_sha256) where logo_sha256 is not null;
