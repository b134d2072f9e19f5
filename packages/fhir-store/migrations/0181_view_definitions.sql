-- additive
-- ViewDefinitions of SQL on FHIR, which are no resource type of R5: each version a row. docs/decisions/0161-stored-view-definitions.md

create table fhir.view_definition (
  id       text        not null collate "C",
  ver      int         not null,
  upd      timestamptz not null,
  newest   boolean     not null,            -- the current version, which may be a deletion
  method   text        not null collate "C",
  url      text        collate "C",         -- elements that it is found by; null: it has none
  version  text        collate "C",
  name     text        collate "C",         -- in lower case, as titles are
  title    text        collate "C",
  status   text        collate "C",
  resource text        collate "C",
  content  text,                            -- null: a deletion
  primary key (id, ver)
);
create unique index view_definition_newest on fhir.view_definition (id) where newest;
-- Two under one canonical would make it a matter of chance which of them is run.
create unique index view_definition_canonical on fhir.view_definition (url, (coalesce(version, '')))
  where newest and content is not null and url is not null;
