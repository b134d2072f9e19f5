-- Which FHIR packages were installed, and which resources each of them brought. Both are directories like fhir.identity: they
-- name resources, and their rows do not move with them. The resources themselves lie where all others do.
create table fhir.package (
  name         text collate "C" not null,
  version      text collate "C" not null,
  title        text,
  canonical    text,
  dependencies jsonb            not null default '{}', -- name to version, as the package states them
  origin       text             not null,              -- where it was read from, for people
  installed    timestamptz      not null default now(),
  installed_by text             not null,              -- the operating system's user
  complete     boolean          not null default false, -- false while an installation is under way, or was interrupted
  primary key (name, version)
);

-- Written before the resources are: an installation that is interrupted leaves no resource that nobody knows of.
create table fhir.package_resource (
  name             text collate "C" not null,
  version          text collate "C" not null,
  type             text collate "C" not null,
  id               text collate "C" not null,
  url              text collate "C",       -- canonical and business version, where it has them
  resource_version text collate "C",
  hash             bytea            not null, -- SHA-256 of the content as it was brought, without stamp: it tells who changed it since
  adopted          boolean          not null, -- it was there before any package brought it, so no removal takes it away
  primary key (name, version, type, id),
  foreign key (name, version) references fhir.package on delete cascade
);
create index package_resource_id on fhir.package_resource (type, id);
