/** Sessions with single nodes, for reads of rows whose place is known. The node that clients use is asked where there is none. docs/decisions/0187-costs-on-several-nodes.md */
import { connect, type Sql } from '@dhp/postgres';
import { urlOfReplica } from '@dhp/postgres/address';
import { byKeyOnly, type Timeouts } from '../pools.ts';
import type { Place } from './nodes.ts';

export interface NearNodes {
  /** @returns undefined if the node cannot be asked now, or the read fails there: the node that clients use then knows the reason */
  ask<R>(place: Place, read: (sql: Sql) => Promise<R>): Promise<R | undefined>;
  close(): Promise<void>;
}

/** Milliseconds after which a node that did not answer is tried again, and seconds for a connection to it. */
const rest = 5_000;
const connectTimeout = 2;

interface Near {
  readonly sql: Sql;
  isReady: boolean;
  /** When it was tried last, by `performance.now()`; undefined while it is being tried. */
  tried: number | undefined;
}

/**
 * @param url of the node that clients use: the others have its database and roles
 * @param max connections to each node
 */
export function createNearNodes(url: string, max: number, { statement }: Timeouts): NearNodes {
  const nodes = new Map<string, Near>();
  let isClosed = false;
  const open = (place: Place): Near => {
    const own = { max, statementTimeout: statement, connectTimeout, readOnly: true, settings: byKeyOnly };
    const sql = connect(urlOfReplica(url, place), { ...own, applicationName: 'dhp fhir node reads' });
    return { sql, isReady: false, tried: -Infinity };
  };
  /** No read waits for it. */
  const attempt = async (near: Near): Promise<void> => {
    near.tried = undefined;
    near.isReady = await near.sql`select 1`.then(
      () => true,
      () => false,
    );
    near.tried = performance.now();
  };
  return {
    async ask(place, read) {
      if (isClosed) return undefined;
      const name = `${place.host}:${String(place.port)}`;
      let near = nodes.get(name);
      if (near === undefined) nodes.set(name, (near = open(place)));
      if (!near.isReady) {
        if (near.tried !== undefined && performance.now() - near.tried > rest) void attempt(near);
        return undefined;
      }
      try {
        return await read(near.sql);
      } catch {
        near.isReady = false;
        return undefined;
      }
    },
    async close() {
      isClosed = true;
      await Promise.all([...nodes.values()].map(({ sql }) => sql.end({ timeout: 5 })));
    },
  };
}
