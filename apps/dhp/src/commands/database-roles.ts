/** `dhp database roles`: the state of each server's database role, and the statements that an administrator of the database must run. */
import { quotedName } from '@dhp/postgres';
import { scramVerifier } from '@dhp/postgres/roles';
import type { Command } from '../cli.ts';
import { openCommandDatabases, openContext, type Context } from '../context.ts';
import type { DatabaseName } from '../databases.ts';
import { inspectRole, isRoleWell, roleInWords, type RoleRow } from '../doctor/role-state.ts';
import { progressOn, silent } from '../progress.ts';
import { print, table } from '../output.ts';
import { json } from './shared.ts';

async function inspectAll(context: Context): Promise<RoleRow[]> {
  const names: DatabaseName[] = [
    'sso',
    'playground',
    ...(context.settings.DHP_PRODUCTION ? (['production'] as const) : []),
  ];
  const databases = await openCommandDatabases(context);
  try {
    const rows: RoleRow[] = [];
    for (const name of names) rows.push(await inspectRole(databases, name, context));
    return rows;
  } finally {
    await databases.close();
  }
}

/**
 * A script for psql. It contains passwords as SCRAM verifiers, with which nobody can log in. The password of an existing role is set only
 * if the key was compared with the SSO's sealed data: another one would lock out running servers.
 */
function script(rows: readonly RoleRow[]): string {
  const parts = rows.filter((row) => !isRoleWell(row)).map(scriptOf);
  return parts.length > 0 ? parts.join('\n') : '-- Nothing to do.\n';
}

function scriptOf({ database, role, state, isKeyConfirmed }: RoleRow): string {
  const login = `password '${scramVerifier(role.password)}'`;
  const otherPassword = isKeyConfirmed
    ? [`alter role ${quotedName(role.name)} login ${login};`]
    : [`-- ${role.name} does not log in: run dhp database roles --print-sql again after this script`];
  return [
    `-- The server of ${database}`,
    ...(state.isThere ? [] : [`create role ${quotedName(role.name)} login noinherit ${login};`]),
    ...(state.logsIn === false ? otherPassword : []),
    ...state.beyond.map(({ statement }) => `${statement};`),
    ...(state.statements.length > 0 || !state.isThere ? [`\\connect ${quotedName(database)}`] : []),
    ...state.statements.map((statement) => `${statement};`),
    '',
  ].join('\n');
}

export const databaseRolesCommand: Command = {
  name: 'database roles',
  summary: 'Show whether each server has a database role of its own, with the rights it needs and no others',
  options: {
    'print-sql': { type: 'boolean', help: 'print what a superuser of the database runs with psql to make it so' },
    json,
  },
  examples: ['dhp database roles', 'dhp database roles --print-sql | psql postgres'],
  run: async (values) => {
    const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
    const rows = await inspectAll(context);
    const shown = rows.map((row) => ({ database: row.database, role: row.role.name, state: roleInWords(row) }));
    if (values['print-sql'] === true) process.stdout.write(script(rows));
    else if (values['json'] === true) {
      const statements = rows.map(({ state }) => state.statements);
      print({ roles: shown.map((one, i) => ({ ...one, well: isRoleWell(rows[i]!), statements: statements[i] })) });
    } else {
      const cells = shown.map(({ database, role, state }) => [database, role, state]);
      process.stdout.write(table(['DATABASE', 'ROLE', 'STATE'], cells));
    }
    return rows.every(isRoleWell) ? 0 : 1;
  },
};
