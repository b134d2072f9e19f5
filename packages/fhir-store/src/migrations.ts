import type { ServerSchema } from '@dhp/postgres/roles';
import { partitionKeys } from './placement/distribution.ts';
import { privileges, privilegesOnNodes } from './privileges.ts';

/** The schema of a FHIR environment's database, for `migrate` of @dhp/postgres, and the privileges of its server. */
export const migrations: ServerSchema & {
  readonly schema: 'fhir';
  /** Tables that can be distributed over nodes, with the column that decides the node of a row. */
  readonly partitionKeys: Readonly<Record<string, string>>;
} = {
  directory: new URL('../migrations/', import.meta.url),
  schema: 'fhir',
  privileges,
  partitionKeys,
};

/** The same if the tables are spread over nodes. */
export const migrationsOnNodes: typeof migrations = { ...migrations, privileges: privilegesOnNodes };
