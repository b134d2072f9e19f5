/** Makes PostgreSQL sometimes end writes of servers under test, as after an unforeseeable deadlock: `npm test -- --overtaken`. */
import type { Sql } from '../driver/sql.ts';

/**
 * One write to a table in this many, over all sessions of a database. A statement that writes to ten tables is tried again with the same
 * chance each time, and must succeed within four tries.
 */
export const overtakenEvery = 211;

/** Whether this test run requests it. */
export function isOvertaken(): boolean {
  return process.env['DHP_TEST_OVERTAKEN'] === 'yes';
}

/**
 * Adds it to all tables of a schema.
 * @param of.role that of the servers: the owner of the database, as which tests write, is not affected
 */
export async function overtake(sql: Sql, of: { readonly schema: string; readonly role: string }): Promise<void> {
  await sql.unsafe(`
    create sequence if not exists public.writes_of_servers;
    create or replace function public.overtaken() returns trigger language plpgsql security definer as $$
    begin
      if session_user = '${of.role}' and nextval('public.writes_of_servers') % ${String(overtakenEvery)} = 0 then
        raise exception using errcode = 'deadlock_detected', message = 'deadlock detected';
      end if;
      return null;
    end $$;
    do $$
    declare named regclass;
    begin
      for named in select oid from pg_class where relnamespace = '${of.schema}'::regnamespace and relkind in ('r', 'p') and not relispartition loop
        execute format('create trigger overtaken before insert or update or delete on %s for each statement execute function public.overtaken()', named);
      end loop;
    end $$`);
}
