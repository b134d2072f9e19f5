/** @dhp/sso: the Single Sign-On server of the platform, and the administration of its clients. */
export { migrations } from './administration.ts';
export { createSso } from './sso.ts';
export type { SsoOptions } from './options.ts';
