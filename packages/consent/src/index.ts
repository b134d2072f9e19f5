/** @dhp/consent: consents of FHIR R5 as decisions. Pure: rows are made, and put into statements, by others. */
export { type Action, type Actors, type Criteria, type Data, type ReadConsent, type Refusal } from './refusals.ts';
export { isNational, nationalProfile, readConsent, type ConsentMeans } from './read-consent.ts';
export { decide, type Asked, type ConsentDecision, type ConsentMemberships, type ConsentResource } from './decide.ts';
