/** A write that waits for the test, so that a job can be stopped halfway regardless of timing. */
import type { Sql } from '@dhp/postgres';

const key = 4711;

/**
 * Each write of a resource waits until it is released, even if its process ends before.
 * @param owner a pool of one connection, as the owner of the database
 * @returns releases it
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
