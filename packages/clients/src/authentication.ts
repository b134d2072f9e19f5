/** @dhp/clients/authentication: how a client authenticates, by a secret or by its keys. */
export { acceptsAssertion, assertionType, isWithinRules, subjectOf } from './authentication/assertion.ts';
export { type ClientKeys, openClientKeys } from './authentication/client-keys.ts';
export { liveSecrets, secretMatches } from './authentication/client-secret.ts';
