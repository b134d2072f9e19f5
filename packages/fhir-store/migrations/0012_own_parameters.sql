-- Search parameters of the environment's own: what its active SearchParameter resources define, and how far the resources are
-- indexed by each. docs/decisions/0009-own-search-parameters.md
create table fhir.own_parameter (
  id         text collate "C" not null primary key,  -- of the SearchParameter resource
  rid        bigint           not null,              -- its row: of two that clash the lower one counts
  name       text             not null,              -- what its values are hashed under; another definition has another one
  definition text             not null,              -- JSON
  since      int              not null,              -- the generation that brought it
  next_rid   bigint           not null default 0,    -- every resource with a lower rid is indexed by it
  complete   boolean          not null default false
);

-- Raised with every change of the parameters, in its transaction. Who stores index rows says which generation they follow; rows
-- of an earlier one are not stored.
create table fhir.own_parameter_state (
  generation int     not null default 0,
  single     boolean not null primary key default true check (single)
);
insert into fhir.own_parameter_state default values;

-- Ends a statement whose index rows follow search parameters of before.
create function fhir.outdated() returns boolean language plpgsql as $$
begin
  raise exception using errcode = 'DHP03', message = 'there are other search parameters by now';
end $$;
