/** @dhp/sso-kit: the common parts of the packages of the Single Sign-On server. */
export { AdministrationError, type AdministrationErrorKind, operatingSystemUser } from './administration-error.ts';

/** The two environments of the platform: one to develop against, and the one with the records of people. */
export type EnvironmentName = 'playground' | 'production';

export {
  type Listed,
  listed,
  type Place,
  countOf,
  type Page,
  pageOf,
  type PageRequest,
  unknownPlace,
} from './paging.ts';
export { seal, unseal } from './seal.ts';
export { deviceOf, locales, time } from './when-and-where.ts';
export { transact } from './transact.ts';
