/** @dhp/sso-kit: what the packages of the Single Sign-On server have in common. */
export { AdministrationError } from './administration-error.ts';
export type { EnvironmentName } from './environment.ts';
export { type Listed, listed, type Place } from './listed.ts';
export { operatingSystemUser } from './operating-system-user.ts';
export { countOf, type Page, pageOf, type PageRequest, unknownPlace } from './paging.ts';
export { seal, unseal } from './seal.ts';
export { deviceOf, locales, time } from './when-and-where.ts';
