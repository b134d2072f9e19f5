-- additive
-- What each shard stores by itself. docs/decisions/0185-writes-by-shards.md
--
-- It was 0205 in programs between two releases, whose databases have its functions: they stay as they are there, as `distribute` may have replaced one. The
-- release before had 0206 already, behind which no 0205 can be applied.

do $migration$
begin
  if to_regprocedure('fhir.store_on_shard(jsonb, text[], text, text, text[], bigint[], text[])') is null then
-- A statement that stores rows, carried out where the row of its shard lies, as one PostgreSQL carries it out: each session there prepares it once, up to a hundred of them,
-- and Citus ends sessions that are ten minutes old. `%n$s` stand for the tables, `$n` for the values. Each row comes as a text. The rows of
-- fhir.resource with the numbers `locked` are locked before, in their order, so that the statement sees them as they stay. It may do what the caller may do.
create function fhir.store_on_shard(
  names jsonb, tables text[], key text, statement text, bound text[], locked bigint[], settings text[]
) returns setof text language plpgsql volatile as $$
declare
  known    text := coalesce(current_setting('dhp.prepared', true), '');
  prepared text := key || right(names ->> 'resource', 20);
  is_known boolean := position(' ' || prepared || ' ' in known) > 0;
begin
  for n in 1 .. coalesce(array_length(settings, 1), 0) by 2 loop
    perform set_config(settings[n], settings[n + 1], true);
  end loop;
  if locked is not null then
    execute 'select from ' || (names ->> 'resource') || ' where rid = any($1) order by rid for update' using locked;
  end if;
  -- What is noted is taken back with its transaction; what was prepared is not.
  if not is_known and not exists (select from pg_prepared_statements p where p.name = prepared) then
    execute format('prepare %I as ', prepared) || format(statement, variadic array(
      select coalesce(names ->> t.name, 'fhir.' || quote_ident(t.name)) from unnest(tables) with ordinality as t (name, n) order by t.n));
  end if;
  return query execute format('execute %I', prepared)
    || (select coalesce('(' || string_agg(quote_nullable(b.value), ',' order by b.n) || ')', '') from unnest(bound) with ordinality as b (value, n));
  if is_known then
    return;
  elsif length(known) < 4000 then
    perform set_config('dhp.prepared', known || ' ' || prepared || ' ', false);
  else
    execute format('deallocate %I', prepared);
  end if;
end
$$;
  end if;
  if to_regprocedure('fhir.commit_on_all()') is null then
-- Called in a transaction that changes rows here and on one other node: both commit or none does. `distribute` puts another function in its place.
create function fhir.commit_on_all() returns void language plpgsql volatile as $$ begin end $$;
  end if;
end
$migration$;
