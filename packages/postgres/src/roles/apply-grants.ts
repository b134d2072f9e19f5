import { quotedName } from '../database.ts';
import { withAdvisoryLock } from '../advisory-lock.ts';
import type { Session, Sql } from '../driver/sql.ts';
import { readMigrations } from '../migration-files.ts';
import { isDenied } from './login.ts';
import { declaredGrants, grantStatements, planGrants, type GrantPlan, type ServerPrivileges } from './privileges.ts';
import { readGrants, readStrayObjects } from './read-grants.ts';

/** A schema with its migrations and the privileges of its server. */
export interface ServerSchema {
  readonly directory: URL;
  readonly schema: string;
  readonly privileges: ServerPrivileges;
}

/**
 * Grants the declared privileges to the role, and revokes all others from it and from PUBLIC. Nothing is written if that is already so. A
 * database that a newer version has migrated is left unchanged: its declaration differs, and belongs to servers that may be running.
 *
 * @returns whether the role has all declared privileges, and a sentence for each statement that the user may not run
 */
export async function bringToDeclaration(
  sql: Sql,
  role: string,
  schema: ServerSchema,
): Promise<{ usable: boolean; findings: string[] }> {
  if (await isNewer(sql, schema)) return { usable: true, findings: [] };
  if ((await statementsFor(sql, role, schema)).length === 0) return { usable: true, findings: [] };
  return withAdvisoryLock(sql, `dhp grants ${schema.schema}`, async (connection) => {
    const findings: string[] = [];
    for (const statement of await statementsFor(connection, role, schema)) {
      await connection.unsafe(statement).catch((error: unknown) => {
        if (!isDenied(error)) throw error;
        findings.push(`the user of DATABASE_URL may not run: ${statement}`);
      });
    }
    // If the user has some privilege on the object, PostgreSQL reports a statement without effect as a warning, not as an error.
    const left = await planFor(connection, role, schema);
    const silent = grantStatements(left, role).map((statement) => `the user of DATABASE_URL may not run: ${statement}`);
    return { usable: left.missing.every(isHeldByPublic(left)), findings: [...new Set([...findings, ...silent])] };
  });
}

/** Returns the statements that bring the current database to the declared state: owners first, then grants, then revocations. */
export async function statementsFor(sql: Session, role: string, schema: ServerSchema): Promise<string[]> {
  return [
    ...(await readStrayObjects(sql, schema.schema)),
    ...grantStatements(await planFor(sql, role, schema), quotedName(role)),
  ];
}

async function planFor(sql: Session, role: string, { schema, privileges }: ServerSchema): Promise<GrantPlan> {
  const { objects, granted } = await readGrants(sql, schema, role);
  return planGrants(granted, declaredGrants(privileges, objects));
}

/**
 * Whether PUBLIC has the privilege as well. A login that may not grant CONNECT may not revoke it from PUBLIC either, so the role keeps it.
 */
function isHeldByPublic({ surplus }: GrantPlan): (missing: GrantPlan['missing'][number]) => boolean {
  return ({ object, privilege }) => surplus.some((one) => one.object === object && one.privilege === privilege);
}

/** Whether a newer version has migrated the database. */
export async function isNewer(sql: Session, { directory, schema }: ServerSchema): Promise<boolean> {
  const last = (await readMigrations(directory)).at(-1)?.number ?? 0;
  const [row] = await sql<{ number: number | null }[]>`select max(number) as number from ${sql(schema)}.migration`;
  return (row?.number ?? 0) > last;
}
