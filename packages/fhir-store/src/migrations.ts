import type { ServerSchema } from '@dhp/postgres/roles';
import { privileges } from './privileges.ts';

/** The schema of a FHIR environment's database, for `migrate` of @dhp/postgres, and what its server may do there. */
export const migrations: ServerSchema & { readonly schema: 'fhir' } = {
  directory: new URL('../migrations/', import.meta.url),
  schema: 'fhir',
  privileges,
};
