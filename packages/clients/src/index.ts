/** @dhp/clients: clients and their registrations. */
export { type Logo, logoOf, logoPath, readLogo } from './logos/logo.ts';
export { isIndependent, principalsOf } from './registry/approval.ts';
export { detailsIn, membersIn, valuesIn } from './registry/client-members.ts';
export type { Client } from './registry/client.ts';
export { changedDetails, type ClientChange } from './registry/changes.ts';
export { type Clients, type ClientsOptions, openClients } from './registry/clients.ts';
export { openPublicOrigins, type PublicOrigins } from './registry/public-origins.ts';
export { type FindRegistration, registrationReader } from './registry/registration-reader.ts';
export { authenticationMethod, shownFields, statusOf } from './registry/shown.ts';
export { clientIdShape, type NewClient } from './registry/validate.ts';
