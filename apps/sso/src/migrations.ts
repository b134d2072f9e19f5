import type { ServerSchema } from '@dhp/postgres/roles';
import { privileges } from './privileges.ts';

/** The schema of the Single Sign-On's database, for `migrate` of @dhp/postgres, and the privileges of its server. */
export const migrations: ServerSchema & { readonly schema: 'sso' } = {
  directory: new URL('../migrations/', import.meta.url),
  schema: 'sso',
  privileges,
};
