-- additive
-- What is to be indexed anew, and which server works on which stretch of it: all servers share the work, in claims that end by
-- themselves when a server does. docs/decisions/0007-search.md, "Making it anew"
create table fhir.index_job (
  kind     text collate "C" not null primary key check (kind in ('definition', 'parameters')),
  target   int              not null,           -- the definition of the index; the generation of the parameters
  next_rid bigint           not null default 0, -- resources from here on are in no stretch yet
  found    bigint           not null default 0  -- resources of this pass that had to be indexed
);

create table fhir.index_stretch (
  kind     text collate "C" not null,
  first    bigint           not null,           -- the first row number
  next_rid bigint           not null,           -- resources before it are done
  behind   bigint           not null,           -- the first row number that does not belong to it
  found    bigint           not null default 0,
  holder   uuid             not null,           -- one run on one server
  until    timestamptz      not null,           -- from then on anybody may go on with it
  primary key (kind, first)
);
