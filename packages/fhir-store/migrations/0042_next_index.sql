-- additive
-- The definition of the index that is built beside the one that is searched. docs/decisions/0027-index-definitions.md
create table fhir.index_next (
  version    int     not null,
  second     boolean not null,                -- the set of tables that it is built in
  since      xid8    not null,                -- whoever stored a resource from then on may have stored no rows of it, until it is bound
  server     text    not null,                -- the server of the database that counted `since`
  generation int     not null,                -- of the search parameters at its beginning
  stage      text    not null default 'fill' check (stage in ('fill', 'filled', 'bound')),
  single     boolean not null primary key default true check (single)
);

-- The servers that run, and the definitions that each makes: no definition is searched while one that lives does not make it.
create table fhir.index_server (
  id    uuid        not null primary key,
  made  int[]       not null,
  until timestamptz not null -- from then on it counts as ended
);

set local lock_timeout = '3s';
alter table fhir.index_state add column second boolean not null default false; -- the set of tables that is searched
alter table fhir.index_job add column stage text collate "C";                 -- of fhir.index_next; null: the index itself is made

-- Empties the set of tables that no definition is in. With the rights of the owner, so that a server can empty no other one.
create function fhir.empty_index(emptied boolean) returns void language plpgsql volatile
security definer set search_path = '' set lock_timeout = '3s' as $$
begin
  -- Locked, so that the set cannot become the one that is searched meanwhile.
  if exists (select from fhir.index_state s where s.single and s.second = emptied for update)
    or exists (select from fhir.index_next n where n.single and n.second = emptied) then
    raise exception 'the set of tables is in use';
  end if;
  if emptied then
    truncate fhir.search_b, fhir.tok_b, fhir.num_b, fhir.date_b, fhir.str_b, fhir.contained_b, fhir.boundary_b;
  else
    truncate fhir.search, fhir.tok, fhir.num, fhir.date, fhir.str, fhir.contained, fhir.boundary;
  end if;
end $$;
