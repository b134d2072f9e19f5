import { AsyncLocalStorage } from 'node:async_hooks';

/** In which session the grant that is being saved was given: the engine's own model has no place for it. */
export const sessionOfGrant = new AsyncLocalStorage<string | undefined>();
