-- additive
-- State of the services by days: minutes in which each was up, up in part, or down. One node counts a minute for all.

create table sso.service_count (
  only_one boolean     not null primary key default true check (only_one),
  minute   timestamptz not null  -- the last that was counted
);

create table sso.service_day (
  day     date    not null,  -- in the time zone of the platform
  service text    not null check (service in ('sso', 'playground', 'production', 'portal')),
  up      integer not null check (up >= 0),
  partly  integer not null check (partly >= 0),
  down    integer not null check (down >= 0),
  primary key (day, service)
);
