-- additive
-- No version may appear with a stamp (meta.lastUpdated) before one that was already shown to somebody who asks again from the last that
-- was shown. Versions are stamped before they are stored, so: who writes tells the stamp by a lock that is held until the commit, and stores
-- nothing with a stamp before `fhir.settled`; who shows raises `fhir.settled` behind what there is, and then ends before the stamps that
-- are told. Each does the two in the opposite order, so that one of them sees the other. docs/reliability.md, "Following changes".

-- Milliseconds since 1970: what is stored from now on is stamped then or later. A sequence, since it is read and raised beside all snapshots;
-- unlogged, so that who reads waits for no disk. A crash empties it, and ends all who were writing.
create unlogged sequence fhir.settled as bigint minvalue 0 start 0;

create function fhir.clock_ms() returns bigint language sql volatile as $$
  select (date_part('epoch', clock_timestamp()) * 1000)::bigint
$$;

-- Behind the newest version of some types; 1 where there is none.
create function fhir.behind_newest(types smallint[]) returns bigint language sql volatile as $$
  select coalesce(max((date_part('epoch', n.upd) * 1000)::bigint), 0) + 1
  from unnest(types) as t (ty)
  cross join lateral (select r.upd from fhir.resource r where r.ty = t.ty order by r.upd desc limit 1) n
$$;

-- True when rows with the stamp may be stored in this transaction; else the statement ends, and tells the least stamp that may be. Where the
-- clock was set back by more than ten seconds there is no order to keep.
create function fhir.may_stamp(stamp bigint) returns boolean language plpgsql volatile as $$
declare
  least_stamp bigint;
begin
  perform pg_advisory_xact_lock_shared((731042::bigint << 43) | stamp);
  select last_value into least_stamp from fhir.settled;
  if least_stamp = 0 then
    -- The first after a start, maybe of another machine whose clock is behind: not before what was shown there.
    least_stamp := least(fhir.behind_newest(array(select generate_series(0, 999)::smallint)), fhir.clock_ms() + 5000);
    if pg_try_advisory_xact_lock(731043::bigint << 43) then
      perform setval('fhir.settled', greatest(least_stamp, (select last_value from fhir.settled)));
    end if;
  end if;
  if stamp < least_stamp and least_stamp <= fhir.clock_ms() + 10000 then
    raise exception using errcode = 'DHP03', message = 'later stamps were shown', detail = least_stamp::text;
  end if;
  return true;
end $$;

-- The time, in milliseconds since 1970, before which nothing of the types will appear any more once this statement has ended: behind the
-- newest version, or before the oldest stamp of those who write, who get a tenth of a second to end. To be asked before what is shown is read.
-- Of versions whose stamps are far ahead of the clock it is not true; nobody would wait for the clock to come there.
create function fhir.settle(types smallint[]) returns bigint language plpgsql volatile as $$
declare
  newest bigint := fhir.behind_newest(types);
  wanted bigint := least(newest, fhir.clock_ms() + 5000);
  settled bigint;
  writing bigint;
begin
  select last_value into settled from fhir.settled;
  if settled < wanted then
    perform pg_advisory_xact_lock(731043::bigint << 43);
    select last_value into settled from fhir.settled;
    if settled < wanted then
      perform setval('fhir.settled', wanted);
      settled := wanted;
    end if;
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
  return least(greatest(settled, newest), writing);
end $$;

-- The parameters of searches that are too long for the address of a page: its links name them instead. Unlogged, so that who searches waits
-- for no disk: a crash ends the links, as their expiry does.
create unlogged table fhir.kept_search (
  hash       bytea primary key, -- of who asked and what
  owner      bytea not null,    -- hash of who asked, for whom so much is kept at most
  parameters text not null,
  until      timestamptz not null
);
create index kept_search_owner on fhir.kept_search (owner, until);
create index kept_search_until on fhir.kept_search (until);
