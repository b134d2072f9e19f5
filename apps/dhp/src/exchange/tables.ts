/** Tables of views in the place of resources: `dhp export --view`. https://sql-on-fhir.org/ig/OperationDefinition-ViewDefinitionExport.html */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { nationalViews } from '@dhp/sql-on-fhir/library';
import { UsageError, type Repeated, type Values } from '../cli.ts';
import { spokenLanguage } from '../locale.ts';
import { exchangeMessages } from '../texts/exchange.ts';
import { ServerRefusal } from './faults.ts';
import type { Manifest } from './manifest.ts';

const formats = ['ndjson', 'json', 'csv', 'parquet'];
/** Options about the resources of an export, which views replace. */
const ofResources = ['type', 'until', 'elements', 'filter', 'patients'];
const longestName = 100;

/** The path of the kick-off, and its body. @throws UsageError for conflicting options, and for an invalid view */
export function tablesRequest(
  values: Values,
  lists: Repeated['lists'],
): { readonly request: string; readonly body: string } {
  const said = exchangeMessages[spokenLanguage()];
  const { view, format = 'ndjson', since, group, patient } = values;
  const isGiven = (name: string): boolean => values[name] !== undefined && values[name] !== false;
  const other = ofResources.find((name) => isGiven(name) || (lists[name]?.length ?? 0) > 0);
  if (other !== undefined) throw new UsageError(said.viewOrResources({ option: `--${other}` }));
  if (!formats.includes(String(format))) throw new UsageError(said.format({ given: String(format) }));
  const given = listed(view);
  if (given.length === 0) throw new UsageError(said.view({ given: '' }));
  const references = (name: string, type: string, ids: readonly string[]): object[] =>
    ids.map((id) => ({ name, valueReference: { reference: id.includes('/') ? id : `${type}/${id}` } }));
  const parameter = [
    ...given.map((each) => ({ name: 'view', part: [viewPart(each)] })),
    { name: '_format', valueCode: format },
    ...references('patient', 'Patient', listed(patient)),
    ...references('group', 'Group', listed(group)),
    ...(typeof since === 'string' ? [{ name: '_since', valueInstant: since }] : []),
  ];
  return { request: '/$viewdefinition-export', body: JSON.stringify({ resourceType: 'Parameters', parameter }) };
}

function listed(value: Values[string]): string[] {
  if (typeof value !== 'string') return [];
  const words = value.split(',').map((word) => word.trim());
  return words.filter((word) => word !== '');
}

/** A JSON file, a view of the national library, or a view stored on the server. */
function viewPart(given: string): object {
  const said = exchangeMessages[spokenLanguage()];
  if (given.endsWith('.json')) return { name: 'viewResource', resource: viewIn(given) };
  const national = nationalViews.find(({ id }) => id === given);
  if (national !== undefined) return { name: 'viewResource', resource: national.definition };
  const [, id] = /^(?:ViewDefinition\/)?([A-Za-z0-9.-]{1,64})$/.exec(given) ?? [];
  if (id === undefined) throw new UsageError(said.view({ given }));
  return { name: 'viewReference', valueReference: { reference: `ViewDefinition/${id}` } };
}

function viewIn(path: string): object {
  const said = exchangeMessages[spokenLanguage()];
  const parsed = parsedFile(path);
  if (
    typeof parsed === 'object' &&
    parsed !== null &&
    'resourceType' in parsed &&
    parsed.resourceType === 'ViewDefinition'
  )
    return parsed;
  throw new UsageError(said.noView({ path }));
}

function parsedFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(resolve(path), 'utf8')) as unknown;
  } catch (error) {
    throw new UsageError(exchangeMessages[spokenLanguage()].unreadable({ path, reason: (error as Error).message }));
  }
}

type Parameter = Readonly<Record<string, unknown>>;

/** The entries with a name, from a list of unknown content. */
function named(list: unknown, name: string): Parameter[] {
  if (!Array.isArray(list)) return [];
  return list.filter((each): each is Parameter => {
    return typeof each === 'object' && each !== null && (each as Parameter)['name'] === name;
  });
}

/** @param job its address @throws ServerRefusal for a body that is not the result of an export of tables */
export function readTables(job: string, body: object): Manifest {
  const fault = (): ServerRefusal => new ServerRefusal(exchangeMessages[spokenLanguage()].noManifest({ url: job }));
  const { parameter } = body as Parameter;
  const transactionTime = named(parameter, 'exportStartTime')[0]?.['valueInstant'];
  const format = named(parameter, '_format')[0]?.['valueCode'];
  if (typeof transactionTime !== 'string' || typeof format !== 'string' || !formats.includes(format)) throw fault();
  const taken = new Set<string>();
  const urlOf = ({ valueUri }: Parameter): string => {
    if (typeof valueUri !== 'string' || !URL.canParse(valueUri, job)) throw fault();
    return new URL(valueUri, job).href;
  };
  const unknown = { count: undefined, bytes: undefined };
  const tables = named(parameter, 'output').flatMap(({ part }) => {
    const given = named(part, 'name')[0]?.['valueString'];
    // It is shown at a terminal, which would interpret some characters.
    const type = typeof given === 'string' ? given.replace(/\p{C}/gu, '\uFFFD') : 'table';
    return named(part, 'location').map((location, n) => {
      const name = nameFor(type, n + 1, format, taken);
      return { ...unknown, kind: 'output' as const, isTable: true as const, type, name, url: urlOf(location) };
    });
  });
  const errors = named(parameter, 'error').map((error, n) => {
    const name = nameFor('error', n + 1, 'ndjson', taken);
    return { ...unknown, kind: 'error' as const, type: 'error', name, url: urlOf(error) };
  });
  return { transactionTime, files: [...tables, ...errors] };
}

/** A file name for any name of a table; unique for each file, even if case is ignored. */
function nameFor(table: string, number: number, format: string, taken: Set<string>): string {
  const safe = table
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}_-]+/gu, '_')
    .slice(0, longestName);
  const name = (more: string): string => `${safe}${more}-${String(number).padStart(3, '0')}.${format}`;
  let found = name('');
  for (let n = 2; taken.has(found.toLowerCase()); n += 1) found = name(`-${String(n)}`);
  taken.add(found.toLowerCase());
  return found;
}
