-- additive
-- Searches that each shard answers by itself. docs/decisions/0169-searches-shard-by-shard.md

-- A row in each shard of a database of several nodes: what the tables are called there, by the names that statements give them. One PostgreSQL needs none.
create table fhir.shard_here (
  shard int primary key,
  names jsonb not null
);

-- A statement carried out where the row of its shard lies, in a plan made for its values, under settings that end with the transaction. `%n$s` stand for the tables,
-- and behind them for the values. Each row comes as a text. It may do what the caller may do.
create function fhir.on_shard(names jsonb, tables text[], statement text, bound text[], settings text[])
returns setof text language plpgsql stable as $$
begin
  for n in 1 .. coalesce(array_length(settings, 1), 0) by 2 loop
    perform set_config(settings[n], settings[n + 1], true);
  end loop;
  return query execute format(statement, variadic
    array(select coalesce(names ->> t.name, 'fhir.' || quote_ident(t.name)) from unnest(tables) with ordinality as t (name, n) order by t.n)
    || array(select quote_nullable(b.value) from unnest(bound) with ordinality as b (value, n) order by b.n));
end
$$;
