import type { ChangeFeed } from './change-feed.ts';
import type { ResourceStore } from './resource-store.ts';
import type { StoreAdmin } from './store-admin.ts';

/**
 * The store of an environment: its three ports in one object, for the code that opens it. The implementations are `reads/`, `writes/`,
 * `search/` and `indexing/`.
 */
export interface FhirStore extends ResourceStore, ChangeFeed, StoreAdmin {}
