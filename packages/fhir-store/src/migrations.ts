import type { ServerSchema } from '@dhp/postgres/roles';
import { partitionKeys } from './placement/distribution.ts';
import { privileges, privilegesOnNodes } from './privileges.ts';

/** The schema of a FHIR environment's database, for `migrate` of @dhp/postgres, and what its server may do there. */
export const migrations: ServerSchema & {
  readonly schema: 'fhir';
  /** Tables that can be spread over nodes, by the column that says where their rows lie. */
  readonly partitionKeys: Readonly<Record<string, string>>;
} = {
  directory: new URL('../migrations/', import.meta.url),
  schema: 'fhir',
  privileges,
  partitionKeys,
};

/** The same where the tables are spread over nodes. */
export const migrationsOnNodes: typeof migrations = { ...migrations, privileges: privilegesOnNodes };
