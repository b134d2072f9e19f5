/** The parameters of `$viewdefinition-export`. https://sql-on-fhir.org/ig/OperationDefinition-ViewDefinitionExport.html */
import type { View } from '@dhp/sql-on-fhir';
import { isResourceType } from '@dhp/fhir-model';
import type { Call, Services } from '../../contract/interaction.ts';
import { endpointTypes } from '../../endpoint-types.ts';
import { behind, failureOf, kept, mostPatients } from '../export/asked.ts';
import { invalid, isObject, partsOf, type PartValues } from '../input.ts';
import { subjectOf, type SubjectNames } from '../view-definitions/subject.ts';
import type { Input } from '../operation.ts';
import { formatNamed } from '../views/form.ts';
import { hasHeader, sinceOf, viewOf } from '../views/input.ts';
import { requireParquet } from '../views/maker.ts';
import { readFilters, requireMember } from '../views/patients.ts';
import { fileFormats, type FileFormat } from './frames.ts';

export interface AskedTable {
  readonly name: string;
  readonly view: View;
  /** The ViewDefinition; of one that is stored, as it was when the export was asked for. */
  readonly definition: unknown;
  readonly isStored: boolean;
}

export interface AskedTables {
  readonly tables: readonly AskedTable[];
  readonly format: FileFormat;
  readonly header: boolean;
  readonly clientTrackingId: string | undefined;
  /** Only what was stored then or later. */
  readonly since: Date | undefined;
  readonly groups: readonly string[] | undefined;
  readonly patients: readonly string[] | undefined;
}

/** Views of one export, and characters of a name. */
const mostViews = 50;
const longestName = 200;

/** Fails with `parameter-invalid`, `view-invalid`, `compartment-member-unknown`, with `scope-insufficient` or `policy-refuses` for the type of a view that is not permitted, and as `subjectOf`. */
export async function readAskedTables(services: Services, call: Call, input: Input): Promise<AskedTables> {
  const given = (name: string): string | undefined => input.get(name)?.[0] as string | undefined;
  for (const name of ['_summary', '_elements', '_pretty'])
    if (call.query[name] !== undefined)
      invalid(name, `${name} is not for tables: the columns of the view say what is in one.`);
  const format = formatNamed(given('_format') ?? 'ndjson', fileFormats);
  const header = hasHeader(given('header'));
  const tables = await tablesOf(services, call, input.get('view') as readonly PartValues[]);
  const { patients, groups } = readFilters(input, services);
  const isOfPatients = patients !== undefined || groups !== undefined;
  for (const { view } of tables) {
    if (format === 'parquet') requireParquet(view);
    requireType(services, call, view.resource);
    if (isOfPatients) requireMember(services, call, view.resource);
  }
  const named = patients && [...new Set(patients)];
  if (named !== undefined && named.length > mostPatients)
    invalid('patient', `An export names ${mostPatients} patients at most, not ${named.length}. Make a Group of them.`);
  const since = sinceOf(given('_since'), services);
  const clientTrackingId = given('clientTrackingId');
  return {
    ...{ tables, format, header, clientTrackingId, groups, patients: named },
    since: since === undefined ? undefined : behind(new Date(since)),
  };
}

async function tablesOf(services: Services, call: Call, given: readonly PartValues[]): Promise<AskedTable[]> {
  if (given.length > mostViews)
    invalid('view', `An export has ${mostViews} views at most, not ${given.length}. Make several exports of them.`);
  const tables: AskedTable[] = [];
  for (const [n, { place, values }] of given.entries()) {
    const definition = await subjectOf(services, call, (part) => values.get(part), { ...names, place });
    const isStored = values.has(names.reference);
    const name = nameOf(values.get('name'), definition, n);
    if (name.length > longestName) invalid('view', `The name of a view has ${longestName} characters at most.`, place);
    if (tables.some((each) => each.name === name))
      invalid('view', `Two views have the name ${JSON.stringify(name)}. Give each a name of its own.`, place);
    const view = viewOf(definition, call, given.length > 1 ? `View ${n + 1}: ` : '');
    tables.push({ name, view, definition, isStored });
  }
  return tables;
}

const names: SubjectNames = {
  ...{ resource: 'viewResource', reference: 'viewReference', interaction: '$viewdefinition-export' },
};

/**
 * The body that the job keeps, where views are stored: with the views themselves, since another attempt goes on behind the files of the one before, and a view may be another one by then.
 * Undefined where all were sent.
 */
export function pinnedBody(call: Call, { tables }: AskedTables): Buffer | undefined {
  if (!tables.some(({ isStored }) => isStored)) return undefined;
  let n = 0;
  const parameter = partsOf(call).map((part) => {
    if (!isObject(part) || part['name'] !== 'view') return part;
    const { name, definition } = tables[n]!;
    n += 1;
    return {
      name: 'view',
      part: [
        { name: 'name', valueString: name },
        { name: 'viewResource', resource: definition },
      ],
    };
  });
  return Buffer.from(JSON.stringify({ resourceType: 'Parameters', parameter }));
}

/** As it is asked for, as the view has it, or by its place. */
function nameOf(given: unknown, definition: unknown, n: number): string {
  const own = isObject(definition) ? definition['name'] : undefined;
  return [given, own].find((each): each is string => typeof each === 'string' && each !== '') ?? `view-${n + 1}`;
}

function requireType(services: Services, call: Call, type: string): void {
  if (!isResourceType(type) || !endpointTypes.includes(type))
    invalid('view', `${type} is no resource type that is stored here.`, 'ViewDefinition.resource');
  if (kept.get(type) !== undefined)
    invalid('view', `${type} is not exported. ${kept.get(type)}`, 'ViewDefinition.resource');
  const failed = failureOf(services, call, type, '$viewdefinition-export');
  if (failed !== undefined) throw failed;
}
