/** A Library that is a query or a view of SQL. https://build.fhir.org/ig/HL7/sql-on-fhir/en/StructureDefinition-SQLQuery.html */
import { fail } from '../../http/errors.ts';
import { isObject } from '../input.ts';

export interface SqlLibrary {
  readonly kind: 'query' | 'view';
  readonly sql: string;
  readonly dependencies: readonly { readonly label: string; readonly canonical: string }[];
  /** Types by names. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Fails with `query-invalid`. */
export function invalidQuery(diagnostics: string, expression?: string): never {
  fail('query-invalid', {}, { diagnostics, expression });
}

const mostSql = 100_000;

/** Fails with `query-invalid`, which names the element. */
export function readLibrary(resource: Readonly<Record<string, unknown>>): SqlLibrary {
  const kind = kindOf(resource['type']);
  const sql = sqlOf(listOf(resource, 'content'));
  const dependencies = dependenciesOf(listOf(resource, 'relatedArtifact'));
  const parameters = parametersOf(listOf(resource, 'parameter'));
  if (kind === 'view' && parameters.size > 0)
    invalidQuery('A view of SQL has no parameters. Make it a query (sql-query).', 'Library.parameter');
  const unknown = placeholdersOf(sql).find((name) => !parameters.has(name.slice(1)) || !name.startsWith(':'));
  if (unknown !== undefined)
    invalidQuery(`${unknown} is no parameter that Library.parameter declares. It stands as :name.`, 'Library.content');
  return { kind, sql, dependencies, parameters };
}

function listOf(resource: Readonly<Record<string, unknown>>, name: string): readonly Record<string, unknown>[] {
  const list = resource[name] ?? [];
  if (!Array.isArray(list) || !list.every(isObject)) invalidQuery(`Library.${name} is a list.`, `Library.${name}`);
  return list;
}

function kindOf(type: unknown): SqlLibrary['kind'] {
  const coding = isObject(type) && Array.isArray(type['coding']) ? (type['coding'] as unknown[]) : [];
  for (const each of coding) {
    if (isObject(each) && each['code'] === 'sql-query') return 'query';
    if (isObject(each) && each['code'] === 'sql-view') return 'view';
  }
  return invalidQuery('Library.type has the code sql-query or sql-view.', 'Library.type');
}

/** For SQLite, or for no dialect. */
function sqlOf(content: readonly Record<string, unknown>[]): string {
  const typed = content.map((each) => ({ each, type: String(each['contentType']).toLowerCase().replaceAll(' ', '') }));
  const chosen =
    typed.find(({ type }) => type === 'application/sql;dialect=sqlite') ??
    typed.find(({ type }) => type === 'application/sql');
  const data = chosen?.each['data'];
  if (typeof data !== 'string')
    invalidQuery('No content is application/sql, or of the dialect sqlite, with data.', 'Library.content');
  const sql = Buffer.from(data, 'base64').toString('utf8');
  if (sql.length > mostSql) invalidQuery(`The query has ${String(mostSql)} characters at most.`, 'Library.content');
  return sql;
}

const name = /^[A-Za-z]\w{0,62}$/;

function dependenciesOf(artifacts: readonly Record<string, unknown>[]): SqlLibrary['dependencies'] {
  const place = 'Library.relatedArtifact';
  const all = artifacts
    .filter(({ type }) => type === 'depends-on')
    .map(({ label, resource }) => {
      if (typeof label !== 'string' || !name.test(label) || /^sqlite_/i.test(label))
        invalidQuery('label is the name of a table: a letter, and then letters, digits and _.', `${place}.label`);
      if (typeof resource !== 'string') invalidQuery('resource is the canonical URL of a view.', `${place}.resource`);
      return { label, canonical: resource };
    });
  const labels = all.map(({ label }) => label.toLowerCase());
  if (new Set(labels).size < labels.length) invalidQuery('Two tables have the same label.', `${place}.label`);
  return all;
}

const types = ['string', 'integer', 'date', 'dateTime', 'boolean', 'decimal'];

function parametersOf(given: readonly Record<string, unknown>[]): SqlLibrary['parameters'] {
  return new Map(
    given.map((each): [string, string] => {
      const { name: own, type } = each;
      if (typeof own !== 'string' || !name.test(own) || typeof type !== 'string' || !types.includes(type))
        invalidQuery(`A parameter has a name, and a type of ${types.join(', ')}.`, 'Library.parameter');
      return [own, type];
    }),
  );
}

/**
 * Texts, quoted names and comments, which are not placeholders and end at the latest with the query, so that each is scanned once; then
 * placeholders.
 */
const tokens =
  /'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`[^`]*`?|\[[^\]]*\]?|--[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?|([:@$]\w+|\?\d*)/g;

function placeholdersOf(sql: string): string[] {
  return [...sql.matchAll(tokens)].flatMap(([, placeholder]) => placeholder ?? []);
}

/** Of values in JSON; of other parameters text. */
const jsonTypes: ReadonlyMap<string, string> = new Map([
  ['boolean', 'boolean'],
  ['integer', 'number'],
  ['decimal', 'number'],
]);

/** The values to bind. Fails with `query-invalid` for one that is missing, not declared, or of another type. */
export function boundValues(
  { parameters }: SqlLibrary,
  given: Readonly<Record<string, unknown>> | undefined,
): Record<string, string | number | boolean> {
  const parts = given === undefined ? [] : (given['parameter'] ?? []);
  const values = new Map<string, string | number | boolean>();
  for (const part of Array.isArray(parts) ? (parts as unknown[]) : []) {
    const own = isObject(part) && typeof part['name'] === 'string' ? part['name'] : '';
    const type = parameters.get(own);
    if (!isObject(part) || type === undefined || values.has(own))
      invalidQuery(`${JSON.stringify(own.slice(0, 100))} is no parameter of the query, or stands twice.`, 'parameters');
    const value = part[`value${type.charAt(0).toUpperCase()}${type.slice(1)}`];
    const wanted = jsonTypes.get(type) ?? 'string';
    if (typeof value !== wanted) invalidQuery(`${own} is of type ${type}.`, 'parameters');
    values.set(own, value as string | number | boolean);
  }
  const missing = [...parameters.keys()].find((each) => !values.has(each));
  if (missing !== undefined) invalidQuery(`The parameter ${missing} has no value.`, 'parameters');
  return Object.fromEntries(values);
}
