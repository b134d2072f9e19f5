import { LRUCache } from 'lru-cache';
import { createBatcher, type DatabaseMemory, type Sql } from '@dhp/postgres';
import { selectChangedRegistrations, serverOf, type Registration } from '../store/clients.ts';
import { clientIdShape } from './validate.ts';

// Requests that arrive while lookups are under way share the next statement: at 16 connections that saves half of PostgreSQL's work for
// them. A lookup never begins before its request, so its result is never stale.
const lookups = { name: 'clients', concurrency: 2, maxBatch: 100 };

const mostKept = 2_000;

/** Reads a registration as it is in the database now. */
export type FindRegistration = (clientId: string) => Promise<Registration | undefined>;

/**
 * Reads registrations as they are in the database now. For rows that were read before, only the version is requested: the twenty columns of
 * an unchanged row cost as much as all else of the statement. The answering server is noted in `memory`.
 */
export function registrationReader(
  sql: Sql,
  memory: DatabaseMemory,
): {
  find: FindRegistration;
  kept: (clientId: string, version: string) => Registration | undefined;
  last: (clientId: string) => Registration | undefined;
} {
  const held = memory.part('registrations', () => new LRUCache<string, Registration>({ max: mostKept }));

  async function read(clientIds: string[]): Promise<(Registration | undefined)[]> {
    const current = await selectChangedRegistrations(sql, [...new Set(clientIds)], held());
    for (const [clientId, registration] of current) {
      memory.seen(serverOf(registration));
      held().set(clientId, registration);
    }
    return clientIds.map((clientId) => current.get(clientId));
  }

  const batcher = createBatcher<string, Registration | undefined>({ ...lookups, run: read });
  // A malformed id is looked up under a name that no client has: the work is the same, and no text that PostgreSQL would refuse (a NUL)
  // reaches it.
  return {
    find: (clientId) => batcher.submit(clientIdShape.test(clientId) ? clientId : ''),
    kept(clientId, version) {
      const registration = held().get(clientId);
      return registration?.row_version === version ? registration : undefined;
    },
    /** As last read, whatever the row contains now. */
    last: (clientId) => held().get(clientId),
  };
}
