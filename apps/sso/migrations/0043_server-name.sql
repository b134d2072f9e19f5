-- additive
-- Names the server on which a statement runs, and its tables: another text after a failover, a restore and a restart. What is remembered
-- of a row is told by its transaction (xmin), whose number another server may give again after the last commits were lost.
create function sso.server_name() returns text language sql stable parallel safe as $$
  select extract(epoch from pg_postmaster_start_time()) || '.' || 'sso.client'::regclass::oid
$$;
