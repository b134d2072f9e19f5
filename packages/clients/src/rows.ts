/** @dhp/clients/rows: rows of clients, one function a statement. */
export { selectLogo } from './store/client-logos.ts';
export {
  blankRegistration,
  type ClientRow,
  type ClientStatus,
  hasKeys,
  type Registration,
  selectClient,
  selectRegistrations,
} from './store/clients.ts';
export { insertClientTokens, type ClientToken } from './store/client-tokens.ts';
export { insertCustody } from './store/custody.ts';
export { deleteUnusedSecretEnds, selectSecretEnds } from './store/secret-ends.ts';
