-- additive
-- Ends a statement that reads the search index while resources are missing from it. Whether the index is complete is asked in the
-- snapshot of the statement that reads it, never before: docs/decisions/0007-search.md, "Completeness".
create function fhir.not_indexed() returns boolean language plpgsql as $$
begin
  raise exception using errcode = 'DHP04', message = 'the search index is not complete';
end $$;
