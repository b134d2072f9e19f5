import { resourceTypes, typeName, typeNumber } from '@dhp/fhir-model';
import type { DatabaseMemory } from '@dhp/postgres';
import { hasForeignTransactions, readHorizon, type Horizon } from '../statements/read-horizon.ts';
import { beginning, formatPosition, parsePosition } from '../commit-order/position.ts';
import type { Change, ChangeFeed, ChangesPage } from '../change-feed.ts';
import type { StoreAdmin } from '../store-admin.ts';
import type { Pools } from '../pools.ts';
import { countResources } from '../statements/read-current.ts';
import { readChanges, type ChangeRow } from '../statements/read-changes.ts';
import { guarded } from '../store-unavailable.ts';
import { follow } from './follow.ts';

/** Reads over all resources. */
export type Feed = ChangeFeed & Pick<StoreAdmin, 'statistics'>;

const allTypes = resourceTypes.map((type) => typeNumber(type)!);
const nothing = Buffer.alloc(0);

export function createFeed({ pages }: Pools, memory: DatabaseMemory): Feed {
  const changesOn = async (
    server: string | undefined,
    { since, limit, types, currentOnly = false }: ChangesPage,
  ): Promise<Change[]> => {
    const position = since === undefined ? beginning : parsePosition(since);
    const numbers = types?.map((type) => typeNumber(type)!) ?? allTypes;
    const page = { types: numbers, since: position, limit, currentOnly, server };
    const rows = await guarded(() => readChanges(pages, page));
    return rows.map(change);
  };
  const horizon = async (): Promise<Horizon> => {
    const found = await guarded(() => readHorizon(pages));
    memory.seen(found.server);
    return found;
  };
  return {
    changes: (page) => changesOn(undefined, page),
    follow: (types, apply, options) => follow({ changesOn, horizon }, types, apply, options),
    safeWatermark: async () => (await horizon()).ended,
    async statistics() {
      const counts = await guarded(() => countResources(pages));
      return counts.map(({ ty, count }) => ({ type: typeName(ty)!, count })).sort((a, b) => (a.type < b.type ? -1 : 1));
    },
  };
}

/**
 * Requires that the database has one order of commits.
 * @throws Error for a database restored from another cluster
 */
export async function assertOneOrder({ pages }: Pools): Promise<void> {
  if (!(await guarded(() => hasForeignTransactions(pages, allTypes)))) return;
  throw new Error(
    'The database was restored from another PostgreSQL cluster, whose transactions were numbered higher: ' +
      'run "select fhir.restart_commit_order()" in it once, before any server starts',
  );
}

function change({ ty, id, ver, upd, deleted, content = nothing, position }: ChangeRow): Change {
  return {
    type: typeName(ty)!,
    id,
    versionId: ver,
    lastUpdated: new Date(upd),
    deleted,
    content,
    position: formatPosition(position),
  };
}
