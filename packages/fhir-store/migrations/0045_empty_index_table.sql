-- additive
-- Empties one table of the set that no definition is in. With the rights of the owner, so that a server can empty no other one.
-- Returns whether it did: not where a definition is in it by now.
-- One table for a transaction: whoever holds one and waits for the next deadlocks with a search that has them in another order.
create function fhir.empty_index_table(emptied boolean, name text) returns boolean language plpgsql volatile
security definer set search_path = '' set lock_timeout = '3s' as $$
begin
  if name <> all (array['search', 'tok', 'num', 'date', 'str', 'contained', 'boundary']) then
    raise exception 'no table of the index: %', name;
  end if;
  -- Locked, so that the set cannot become the one that is searched meanwhile.
  if exists (select from fhir.index_state s where s.single and s.second = emptied for update)
    or exists (select from fhir.index_next n where n.single and n.second = emptied) then
    return false;
  end if;
  execute format('truncate fhir.%I', case when emptied then name || '_b' else name end);
  return true;
end $$;
