-- additive
-- Bulk exports: up to when what they show was stored, and the files that they have made. docs/decisions/0095-bulk-export.md

-- As fhir.settle, for all types and up to this moment: the time, in milliseconds since 1970, before which nothing will appear any more once this
-- statement has ended. Who is about to store something with an earlier stamp stamps it anew; who holds such a stamp already makes it earlier.
create function fhir.settle_now(types smallint[]) returns bigint language plpgsql volatile as $$
declare
  newest bigint := fhir.behind_newest(types);
  wanted bigint := greatest(least(newest, fhir.clock_ms() + 5000), fhir.clock_ms());
  settled bigint;
  writing bigint;
begin
  perform pg_advisory_xact_lock(731043::bigint << 43);
  select last_value into settled from fhir.settled;
  if settled < wanted then
    perform setval('fhir.settled', wanted);
    settled := wanted;
  end if;
  for n in 1 .. 20 loop
    select min(l.stamp & ((1::bigint << 43) - 1)) into writing
    from (
      select (classid::bigint << 32) | objid::bigint as stamp from pg_locks
      where locktype = 'advisory' and objsubid = 1 and granted and classid::bigint >> 11 = 731042
        and database = (select oid from pg_database where datname = current_database())
    ) l;
    exit when writing is null or writing >= settled;
    perform pg_sleep(0.005);
  end loop;
  -- Where the clock was set back, who stores something does not wait for the settled time: nothing before the time of now will appear.
  return least(case when settled > fhir.clock_ms() + 10000 then fhir.clock_ms() else greatest(settled, newest) end, writing);
end $$;

create table fhir.export (
  job    uuid   not null primary key references fhir.job on delete cascade,
  until  bigint not null, -- milliseconds since 1970: it shows what was stored before
  begun  bigint not null
);

-- Files that are whole. Who goes on with an export begins behind the last of them.
create table fhir.export_file (
  job      uuid     not null references fhir.export on delete cascade,
  number   int      not null,
  attempt  smallint not null, -- of the job: a holder that has lost it may still write files of its own
  kind     text     not null collate "C", -- output, deleted, error
  type     text     not null collate "C",
  count    int      not null,
  bytes    bigint   not null,
  digest   bytea    not null,
  position text     not null collate "C", -- JSON
  primary key (job, number)
);
