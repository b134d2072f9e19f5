import type { ResourceStore } from '../resource-store.ts';
import type { StoreAdmin } from '../store-admin.ts';
import { StoreUnavailable } from '../store-unavailable.ts';

type Writes = Pick<ResourceStore, 'create' | 'update' | 'delete' | 'transaction'> & Pick<StoreAdmin, 'bulkInsert'>;

/**
 * The writes, none of which begins while the disk of the database has no room. A PostgreSQL that cannot write its log ends, and does not
 * start again before there is room: reads would end with it.
 * @param hasRoom called before each write
 */
export function whileRoom(writes: Writes, hasRoom: () => boolean): Writes {
  const asked =
    <Of extends unknown[], Stored>(write: (...of: Of) => Promise<Stored>) =>
    (...of: Of): Promise<Stored> =>
      hasRoom() ? write(...of) : Promise.reject(new StoreUnavailable('full', undefined));
  return {
    create: asked(writes.create),
    update: asked(writes.update),
    delete: asked(writes.delete),
    transaction: asked(writes.transaction),
    bulkInsert: asked(writes.bulkInsert),
  };
}
