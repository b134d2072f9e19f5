/** The parameters of `$viewdefinition-export`. https://sql-on-fhir.org/ig/OperationDefinition-ViewDefinitionExport.html */
import type { View } from '@dhp/sql-on-fhir';
import { isResourceType } from '@dhp/fhir-model';
import type { Call, Services } from '../../contract/interaction.ts';
import { endpointTypes } from '../../endpoint-types.ts';
import { behind, failureOf, kept, mostPatients } from '../export/asked.ts';
import { invalid, isObject, type PartValues } from '../input.ts';
import type { Input } from '../operation.ts';
import { formatNamed } from '../views/form.ts';
import { hasHeader, sinceOf, viewOf } from '../views/input.ts';
import { requireParquet } from '../views/maker.ts';
import { readFilters, requireMember } from '../views/patients.ts';
import { fileFormats, type FileFormat } from './frames.ts';

export interface AskedTable {
  readonly name: string;
  readonly view: View;
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

/** Fails with `parameter-invalid`, `view-invalid`, `compartment-member-unknown`, and with `scope-insufficient` or `policy-refuses` for the type of a view that is not permitted. */
export function readAskedTables(services: Services, call: Call, input: Input): AskedTables {
  const given = (name: string): string | undefined => input.get(name)?.[0] as string | undefined;
  for (const name of ['_summary', '_elements', '_pretty'])
    if (call.query[name] !== undefined)
      invalid(name, `${name} is not for tables: the columns of the view say what is in one.`);
  const format = formatNamed(given('_format') ?? 'ndjson', fileFormats);
  const header = hasHeader(given('header'));
  const tables = tablesOf(call, input.get('view') as readonly PartValues[]);
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

function tablesOf(call: Call, given: readonly PartValues[]): AskedTable[] {
  if (given.length > mostViews)
    invalid('view', `An export has ${mostViews} views at most, not ${given.length}. Make several exports of them.`);
  const tables: AskedTable[] = [];
  for (const [n, { place, values }] of given.entries()) {
    const definition = values.get('viewResource');
    if (values.has('viewReference'))
      invalid('view', 'No ViewDefinition is stored here. Send the view itself, as viewResource.', place);
    if (definition === undefined) invalid('view', 'A view has the part viewResource.', place);
    const name = nameOf(values.get('name'), definition, n);
    if (name.length > longestName) invalid('view', `The name of a view has ${longestName} characters at most.`, place);
    if (tables.some((each) => each.name === name))
      invalid('view', `Two views have the name ${JSON.stringify(name)}. Give each a name of its own.`, place);
    tables.push({ name, view: viewOf(definition, call, given.length > 1 ? `View ${n + 1}: ` : '') });
  }
  return tables;
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
