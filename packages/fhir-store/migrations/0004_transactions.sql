-- Ends a statement, and with it all that it has stored, because what was known when it was made no longer holds. The
-- caller looks again and makes a new one.
create function fhir.overtaken() returns boolean language plpgsql as $$
begin
  raise exception using errcode = 'DHP01', message = 'somebody else was faster';
end $$;
