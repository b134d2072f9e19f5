/** A write that waits for the test: what a job does can be stopped in its midst, however slow whoever stops it is. */
import type { Sql } from '@dhp/postgres';

const key = 4711;

/**
 * Each write of a resource waits until it is let go, also behind the end of the process that made it.
 * @param owner a pool of one connection, of the owner of the database
 * @returns lets it go
 */
export async function holdLine(owner: Sql, id: string): Promise<() => Promise<void>> {
  await owner`select pg_advisory_lock(${key}::int8)`;
  await owner.unsafe(`create function public.wait_for_test() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock_shared(${String(key)}); return new; end $$;
    create trigger wait_for_test before insert or update on fhir.resource for each row when (new.id = '${id}')
      execute function public.wait_for_test()`);
  return async () => {
    await owner`select pg_advisory_unlock(${key}::int8)`;
  };
}
