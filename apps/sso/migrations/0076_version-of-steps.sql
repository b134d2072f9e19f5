-- additive
-- The version when the first factor was shown. A server of the version before knows none: its sign-ins under way begin anew after such an act.
alter table sso.sign_in_step add column credentials_version integer not null default 0;
