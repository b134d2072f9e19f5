/** Privileges of a server's role in its database, as a table in code, and the statements that grant them. */

/**
 * Privileges on the objects of a server's schema. Objects that are not named are denied. Values are privileges of PostgreSQL in lower case,
 * separated by commas; columns in parentheses narrow one: `select, insert, update (shard)`. An empty text denies the table on purpose.
 */
export interface ServerPrivileges {
  readonly tables: Readonly<Record<string, string>>;
  /** Sequences that are used by name; those of identity columns need no privilege. */
  readonly sequences: Readonly<Record<string, string>>;
  /** `execute` or nothing, for all functions of the name. */
  readonly functions: Readonly<Record<string, 'execute' | ''>>;
}

export type ObjectKind = 'database' | 'schema' | 'table' | 'sequence' | 'function';

/** One privilege that a grantee has, or is to have. */
export interface Grant {
  readonly grantee: 'server' | 'public';
  readonly kind: ObjectKind;
  /** As written in a statement: `fhir.resource`, `fhir.words(content text)`. */
  readonly object: string;
  /** The name without schema and signature. */
  readonly name: string;
  /** In lower case. */
  readonly privilege: string;
  readonly column: string | null;
}

/** An object of the schema, as PostgreSQL has it. */
export type SchemaObject = Pick<Grant, 'kind' | 'object' | 'name'>;

/**
 * The grants of a server's role according to the declaration.
 * @param objects of the database: the database itself, the schema, its tables, sequences and functions
 * @throws Error for a declared object that does not exist: the declaration and the migrations do not match
 */
export function declaredGrants(privileges: ServerPrivileges, objects: readonly SchemaObject[]): Grant[] {
  const found = (kind: ObjectKind, name: string): SchemaObject[] => {
    const all = objects.filter((one) => one.kind === kind && one.name === name);
    if (all.length === 0) throw new Error(`The privileges name the ${kind} ${name}, which is not in the database`);
    return all;
  };
  const ofServer = (object: SchemaObject, privilege: string, column: string | null = null): Grant => {
    return { grantee: 'server', ...object, privilege, column };
  };
  const listed = (kind: ObjectKind, list: Readonly<Record<string, string>>): Grant[] =>
    Object.entries(list).flatMap(([name, text]) =>
      found(kind, name).flatMap((object) =>
        parsePrivileges(text).map(([privilege, column]) => ofServer(object, privilege, column)),
      ),
    );
  return [
    ...objects.filter(({ kind }) => kind === 'database').map((one) => ofServer(one, 'connect')),
    ...objects.filter(({ kind, name }) => kind === 'schema' && name !== 'public').map((one) => ofServer(one, 'usage')),
    ...listed('table', privileges.tables),
    ...listed('sequence', privileges.sequences),
    ...listed('function', privileges.functions),
  ];
}

const form = /^(select|insert|update|delete|usage|execute)(?: \(([a-z_0-9, ]+)\))?$/;

/** Pairs of a privilege and a column; no column for the whole table. @throws TypeError for a text of another form */
export function parsePrivileges(text: string): [privilege: string, column: string | null][] {
  if (text === '') return [];
  return text.split(/, (?![^(]*\))/).flatMap((one) => {
    const match = form.exec(one);
    if (match === null) throw new TypeError(`"${one}" is not a privilege such as select or update (column)`);
    const [, privilege = '', columns] = match;
    return (columns?.split(', ') ?? [null]).map((column): [string, string | null] => [privilege, column]);
  });
}

export interface GrantPlan {
  /** Declared and not granted. */
  readonly missing: readonly Grant[];
  /** Granted to the role or to PUBLIC and not declared. */
  readonly surplus: readonly Grant[];
}

/** Compares granted with declared privileges. PUBLIC, which includes every role of the server, should have none. */
export function planGrants(granted: readonly Grant[], declared: readonly Grant[]): GrantPlan {
  const has = new Set(granted.map(keyOf));
  const wanted = new Set(declared.map(keyOf));
  return {
    missing: declared.filter((one) => !has.has(keyOf(one))),
    surplus: granted.filter((one) => !wanted.has(keyOf(one))),
  };
}

/**
 * The statements of a plan. Privileges are granted before others are revoked, so that a running server lacks none in between.
 * @param role as written in a statement
 */
export function grantStatements({ missing, surplus }: GrantPlan, role: string): string[] {
  const what = ({ privilege, column, kind, object }: Grant): string =>
    `${privilege}${column === null ? '' : ` (${column})`} on ${kind} ${object}`;
  return [
    ...missing.map((one) => `grant ${what(one)} to ${role}`),
    ...surplus.map((one) => `revoke ${what(one)} from ${one.grantee === 'public' ? 'public' : role}`),
  ];
}

function keyOf({ grantee, kind, object, privilege, column }: Grant): string {
  return `${grantee} ${kind} ${object} ${privilege} ${column ?? ''}`;
}
