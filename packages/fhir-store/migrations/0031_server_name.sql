-- additive
-- Names the server on which a statement runs, and its tables: another text after a failover, a restore and a restart. Who remembers
-- something of the database compares it, since after the loss of the last commits the memory names what is not there.
create function fhir.server_name() returns text language sql stable parallel safe as $$
  select extract(epoch from pg_postmaster_start_time()) || '.' || 'fhir.resource'::regclass::oid
$$;
