/** `$viewdefinition-export`: tables as files. https://sql-on-fhir.org/ig/OperationDefinition-ViewDefinitionExport.html */
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { json } from '../../http/respond.ts';
import { jobsForExports, requireSystem } from '../export/asked.ts';
import { requirePatients } from '../export/patients.ts';
import type { Input, Operation, OperationParameter } from '../operation.ts';
import { readAskedTables, readViews } from './asked.ts';
import { readSubjects } from './asked-subjects.ts';
import { requireRunnable } from './query.ts';
import { exportTables } from './run.ts';

interface Means {
  readonly interaction: string;
  readonly kind: 'view-export' | 'sql-export';
  readonly read: Parameters<typeof readAskedTables>[3]['read'];
}

/**
 * 202 with the address of the job that makes the files; within that job, the files. Fails with `async-required` without `Prefer:
 * respond-async`, `scope-insufficient` for a person's token, `too-many-requests`, and for faults of the views, the queries and the other
 * parameters.
 */
async function exportOf(services: Services, call: Call, input: Input, means: Means): Promise<Answer> {
  const { interaction, kind } = means;
  requireSystem(call, interaction);
  const { baseUrl } = services;
  const jobs = jobsForExports(services, call);
  const asked = await readAskedTables(services, call, input, means);
  if (call.work !== undefined) return exportTables(services, call, asked, call.work);
  for (const table of asked.tables)
    if ('query' in table) await requireRunnable({ services, call, asked, signal: new AbortController().signal }, table);
  const { groups, patients, clientTrackingId } = asked;
  await requirePatients(services, call, { groups: undefined, patients });
  await requirePatients(services, call, { groups, patients: undefined });
  const { query, headers, body, access, recording } = call;
  const { pinned } = asked;
  const kept = pinned ?? (Buffer.isBuffer(body) ? body : undefined);
  const own = pinned === undefined ? headers : { ...headers, 'content-type': 'application/fhir+json' };
  const request = { method: 'POST', path: `/${interaction}`, query, headers: own, body: kept };
  const about = { address: recording?.address, interaction, type: '', hasOwnForm: true };
  const job = await jobs.defer({ ...request, ...about }, access!, kind);
  const place = `${baseUrl}/$job/${job}`;
  const parameter = [
    { name: 'exportId', valueString: job },
    ...(clientTrackingId === undefined ? [] : [{ name: 'clientTrackingId', valueString: clientTrackingId }]),
    { name: 'status', valueCode: 'accepted' },
    { name: 'location', valueUri: place },
  ];
  const more = { 'content-location': place, 'preference-applied': 'respond-async', 'cache-control': 'no-store' };
  return { ...json(JSON.stringify({ resourceType: 'Parameters', parameter }), more), status: 202 };
}

const shared = {
  affectsState: false,
  levels: ['system'],
  types: 'Resource',
  permission: 'own',
  isPosted: true,
  isAsync: true,
  answersFiles: true,
} as const satisfies Partial<Operation>;

/** Parameters of both. */
const common: readonly OperationParameter[] = [
  {
    ...{ name: 'clientTrackingId', use: 'in', min: 0, max: '1', type: 'string' },
    documentation: 'The answers repeat it.',
  },
  {
    ...{ name: '_format', use: 'in', min: 0, max: '1', type: 'code', also: ['string'] },
    documentation: 'ndjson, json, csv or parquet. Default: ndjson.',
  },
  {
    ...{ name: 'header', use: 'in', min: 0, max: '1', type: 'boolean' },
    documentation: 'Whether CSV begins with the names of the columns. Default: true.',
  },
  {
    ...{ name: 'patient', use: 'in', min: 0, max: '*', type: 'Reference' },
    documentation: 'Only resources in the compartment of one of these patients.',
  },
  {
    ...{ name: 'group', use: 'in', min: 0, max: '*', type: 'Reference' },
    documentation:
      'Only resources in the compartment of a patient who is a member of one of these groups, and is named by patient where that is given.',
  },
  {
    ...{ name: '_since', use: 'in', min: 0, max: '1', type: 'instant' },
    documentation: 'Only resources that were stored after that time.',
  },
  {
    ...{ name: 'return', use: 'out', min: 1, max: '1', type: 'Parameters' },
    documentation:
      'exportId, status and location, which Content-Location has too. When the export has ended, its job answers 303, and at Location is each output with its name and the locations of its files.',
  },
];

export const viewDefinitionExportOperation: Operation = {
  ...shared,
  id: 'ViewDefinition-export',
  code: 'viewdefinition-export',
  base: 'http://hl7.org/fhir/uv/sql-on-fhir/OperationDefinition/ViewDefinitionExport',
  title: 'The tables of views, as files',
  description:
    'The rows of ViewDefinitions (SQL on FHIR), which come with the request or are stored, over the resources of this server that the caller may search, as files of NDJSON, CSV, JSON or Parquet. ' +
    'All tables show the same moment. It is answered later (Prefer: respond-async).',
  also: ['/ViewDefinition'],
  parameters: [
    {
      ...{ name: 'view', use: 'in', min: 1, max: '*' },
      documentation: 'A view, of which a table is made.',
      part: [
        {
          ...{ name: 'name', min: 0, max: '1', type: 'string' },
          documentation: 'The name of the table. Default: that of the ViewDefinition.',
        },
        {
          ...{ name: 'viewResource', min: 0, max: '1', type: 'Resource' },
          documentation: 'The ViewDefinition.',
        },
        {
          ...{ name: 'viewReference', min: 0, max: '1', type: 'Reference' },
          documentation: 'The ViewDefinition as it is stored on this server.',
        },
      ],
    },
    ...common,
  ],
  run: (services, call, input) =>
    exportOf(services, call, input, { interaction: '$viewdefinition-export', kind: 'view-export', read: readViews }),
};

/** By the name of 3.0, of views and queries. */
export const sqlExportOperation: Operation = {
  ...shared,
  id: 'SQL-export',
  code: 'sql-export',
  base: 'http://hl7.org/fhir/uv/sql-on-fhir/OperationDefinition/SQLExport',
  title: 'The tables of views and of queries of SQL, as files',
  description:
    'The rows of ViewDefinitions, and the results of Libraries with SQL (SQL on FHIR), over the resources of this server that the caller may search, as files of NDJSON, CSV, JSON or Parquet. ' +
    'All show the same moment. It is answered later (Prefer: respond-async).',
  parameters: [
    {
      ...{ name: 'subject', use: 'in', min: 1, max: '*' },
      documentation: 'A view or a query, of which a table is made. Of resource, reference and canonical there is one.',
      part: [
        {
          ...{ name: 'name', min: 0, max: '1', type: 'string' },
          documentation: 'The name of the table. Default: that of the subject.',
        },
        {
          ...{ name: 'subjectResource', min: 0, max: '1', type: 'Resource' },
          documentation: 'The ViewDefinition, or a Library with SQL.',
        },
        {
          ...{ name: 'subjectReference', min: 0, max: '1', type: 'Reference' },
          documentation: 'The same as it is stored on this server.',
        },
        {
          ...{ name: 'subjectCanonical', min: 0, max: '1', type: 'canonical' },
          documentation: 'The same by its canonical URL. Without a version the newest that is active.',
        },
        {
          ...{ name: 'parameters', min: 0, max: '1', type: 'Resource' },
          documentation: 'Parameters: the values that are bound to those that the Library declares.',
        },
      ],
    },
    {
      ...{ name: 'context', use: 'in', min: 0, max: '*', type: 'Resource' },
      documentation:
        'ViewDefinitions, and Libraries that are views of SQL, which queries depend on. They come before those that are stored.',
    },
    ...common,
  ],
  run: (services, call, input) =>
    exportOf(services, call, input, { interaction: '$sql-export', kind: 'sql-export', read: readSubjects }),
};
