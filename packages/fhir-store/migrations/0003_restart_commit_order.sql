-- Transaction ids belong to one cluster. After a logical restore (pg_dump, pg_restore) into another one whose counter is
-- behind, the restored versions would stand in the future of everything written from now on; the store refuses to open such a
-- database. This puts all versions in front, by row and version. Readers of the feed begin anew. Run it while no server runs.
create function fhir.restart_commit_order() returns void language sql as $$
  update fhir.resource set txid = '3' where txid <> '3'; -- 3: the first id that a transaction can have
  update fhir.history set txid = '3' where txid <> '3';
$$;
