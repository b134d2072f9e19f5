/** @dhp/clients/registration: registration by the client itself, with a token or without. */
export { MetadataError, shownMetadata } from './registration/metadata.ts';
export {
  type Asker,
  openRegistrations,
  type Registrations,
  type RegistrationsOptions,
} from './registration/registrations.ts';
export { openRegistrationTokens, type RegistrationToken, type RegistrationTokens } from './registration/tokens.ts';
