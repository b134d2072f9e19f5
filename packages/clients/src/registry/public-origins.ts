/** The origins at which public clients run in a page: those of their redirect URIs. */
import { performance } from 'node:perf_hooks';
import type { Sql } from '@dhp/postgres';
import { selectPublicRedirectUris } from '../store/clients.ts';

export interface PublicOrigins {
  /** Whether a public client has a redirect URI there. While the database is unavailable, the last known answer. */
  has(origin: string): Promise<boolean>;
  /** Adds the origin of a client that has just been read. */
  note(origin: string): void;
}

/** How long the read origins count as current, in milliseconds: for a known origin, and for an unknown one. */
const fresh = { known: 30_000, unknown: 1000 };

/** However many origins are checked, the table is read at most once a second. */
export function openPublicOrigins(sql: Sql): PublicOrigins {
  let origins = new Set<string>();
  let readAt = -Infinity;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const began = performance.now();
    const uris = await selectPublicRedirectUris(sql);
    origins = new Set(uris.flatMap((uri) => URL.parse(uri)?.origin ?? []));
    readAt = began;
  }

  return {
    note: (origin) => void origins.add(origin),
    async has(origin) {
      const age = performance.now() - readAt;
      if (age >= (origins.has(origin) ? fresh.known : fresh.unknown)) {
        reading ??= read().finally(() => (reading = undefined));
        await reading.catch(() => undefined);
      }
      return origins.has(origin);
    },
  };
}
