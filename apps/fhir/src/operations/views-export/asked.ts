/** The parameters of `$viewdefinition-export`. https://sql-on-fhir.org/ig/OperationDefinition-ViewDefinitionExport.html */
import type { View } from '@dhp/sql-on-fhir';
import { isResourceType } from '@dhp/fhir-model';
import type { Call, Services } from '../../contract/interaction.ts';
import { endpointTypes } from '../../endpoint-types.ts';
import { behind, failureOf, kept, mostPatients } from '../export/asked.ts';
import { invalid, isObject, partsOf, type PartValues } from '../input.ts';
import { subjectOf, type SubjectNames } from '../view-definitions/subject.ts';
import type { Input } from '../operation.ts';
import type { Artefact } from '../sql/artefacts.ts';
import type { boundValues, SqlLibrary } from '../sql/library.ts';
import { formatNamed } from '../views/form.ts';
import { hasHeader, sinceOf, viewOf } from '../views/input.ts';
import { requireParquet } from '../views/maker.ts';
import { readFilters, requireMember } from '../views/patients.ts';
import { fileFormats, type FileFormat } from './frames.ts';

/** A table of a view, or of a query of SQL. */
export type AskedTable = AskedView | AskedQuery;

export interface AskedView {
  readonly name: string;
  readonly view: View;
}

export interface AskedQuery {
  readonly name: string;
  readonly query: SqlLibrary;
  readonly values: ReturnType<typeof boundValues>;
  /** Those from which it reads. */
  readonly artefacts: readonly Artefact[];
}

export interface AskedTables {
  readonly tables: readonly AskedTable[];
  /** The body that the job stores, if it differs from the sent one: with the named artefacts in their state at the request. */
  readonly pinned: Buffer | undefined;
  readonly format: FileFormat;
  readonly header: boolean;
  readonly clientTrackingId: string | undefined;
  /** Only resources stored then or later. */
  readonly since: Date | undefined;
  readonly groups: readonly string[] | undefined;
  readonly patients: readonly string[] | undefined;
}

/** Tables of one export, and characters of a name. */
export const mostTables = 50;
const longestName = 200;

type Read = (services: Services, call: Call, input: Input) => Promise<Pick<AskedTables, 'tables' | 'pinned'>>;

/**
 * Parses the common parameters of table exports. Fails with `parameter-invalid`, `compartment-member-unknown`, with `scope-insufficient` or
 * `policy-refuses` for the type of a view that is not permitted, and as `read`.
 * @param read parses the tables
 */
export async function readAskedTables(
  services: Services,
  call: Call,
  input: Input,
  { read, interaction }: { readonly read: Read; readonly interaction: string },
): Promise<AskedTables> {
  const given = (name: string): string | undefined => input.get(name)?.[0] as string | undefined;
  for (const name of ['_summary', '_elements', '_pretty'])
    if (call.query[name] !== undefined)
      invalid(name, `${name} is not for tables: the columns of the view say what is in one.`);
  const format = formatNamed(given('_format') ?? 'ndjson', fileFormats);
  const header = hasHeader(given('header'));
  const { tables, pinned } = await read(services, call, input);
  const { patients, groups } = readFilters(input, services);
  const isOfPatients = patients !== undefined || groups !== undefined;
  for (const table of tables) if ('view' in table && format === 'parquet') requireParquet(table.view);
  for (const { resource } of tables.flatMap(viewsOf)) {
    requireType(services, call, resource, interaction);
    if (isOfPatients) requireMember(services, call, resource);
  }
  const named = patients && [...new Set(patients)];
  if (named !== undefined && named.length > mostPatients)
    invalid('patient', `An export names ${mostPatients} patients at most, not ${named.length}. Make a Group of them.`);
  const since = sinceOf(given('_since'), services);
  const clientTrackingId = given('clientTrackingId');
  return {
    ...{ tables, pinned, format, header, clientTrackingId, groups, patients: named },
    since: since === undefined ? undefined : behind(new Date(since)),
  };
}

/** The views of which resources are read. */
function viewsOf(table: AskedTable): readonly View[] {
  if ('view' in table) return [table.view];
  return table.artefacts.flatMap((each) => ('view' in each ? [each.view] : []));
}

/** Tables of the parameter `view`. Fails with `parameter-invalid`, `view-invalid`, and as `subjectOf`. */
export const readViews: Read = async (services, call, input) => {
  const given = input.get('view') as readonly PartValues[];
  requireFew(given, 'view');
  const tables: AskedView[] = [];
  const definitions: unknown[] = [];
  for (const [n, { place, values }] of given.entries()) {
    const definition = await subjectOf(services, call, (part) => values.get(part), { ...names, place });
    const name = nameOf(values.get('name'), definition, n);
    requireName(name, tables, { parameter: 'view', place });
    tables.push({ name, view: viewOf(definition, call, given.length > 1 ? `View ${n + 1}: ` : '') });
    definitions.push(definition);
  }
  const isStored = given.some(({ values }) => values.has(names.reference));
  return { tables, pinned: isStored ? pinnedViews(call, tables, definitions) : undefined };
};

/** Fails with `parameter-invalid`. */
export function requireFew(given: readonly unknown[], name: string): void {
  if (given.length > mostTables)
    invalid(name, `An export has ${mostTables} tables at most, not ${given.length}. Make several exports of them.`);
}

/** Fails with `parameter-invalid` for a name that is too long or already used by another table. */
export function requireName(
  name: string,
  before: readonly { readonly name: string }[],
  { parameter, place }: { readonly parameter: string; readonly place: string },
): void {
  if (name.length > longestName)
    invalid(parameter, `The name of a table has ${longestName} characters at most.`, place);
  if (before.some((each) => each.name === name))
    invalid(parameter, `Two tables have the name ${JSON.stringify(name)}. Give each a name of its own.`, place);
}

const names: SubjectNames = {
  ...{ resource: 'viewResource', reference: 'viewReference', interaction: '$viewdefinition-export' },
};

/** Another attempt continues after the files of the previous one, and a stored view may have changed by then. */
function pinnedViews(call: Call, tables: readonly AskedView[], definitions: readonly unknown[]): Buffer {
  const views = tables.map(({ name }, n) => ({
    name: 'view',
    part: [
      { name: 'name', valueString: name },
      { name: 'viewResource', resource: definitions[n] },
    ],
  }));
  const kept = partsOf(call).filter((part) => isObject(part) && part['name'] !== 'view');
  return Buffer.from(JSON.stringify({ resourceType: 'Parameters', parameter: [...views, ...kept] }));
}

/** The requested name, otherwise the view's own, otherwise its position. */
export function nameOf(given: unknown, definition: unknown, n: number): string {
  const own = isObject(definition) ? definition['name'] : undefined;
  return [given, own].find((each): each is string => typeof each === 'string' && each !== '') ?? `view-${n + 1}`;
}

function requireType(services: Services, call: Call, type: string, interaction: string): void {
  if (!isResourceType(type) || !endpointTypes.includes(type))
    invalid('view', `${type} is no resource type that is stored here.`, 'ViewDefinition.resource');
  if (kept.get(type) !== undefined)
    invalid('view', `${type} is not exported. ${kept.get(type)}`, 'ViewDefinition.resource');
  const failed = failureOf(services, call, type, interaction);
  if (failed !== undefined) throw failed;
}
