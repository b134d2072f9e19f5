/** `$export` of the system, of all patients, and of a Group. https://hl7.org/fhir/uv/bulkdata/ */
import type { Answer } from '../../contract/answer.ts';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import { prefersSeparateStatus } from '../../http/negotiate.ts';
import type { Input, Operation, OperationParameter } from '../operation.ts';
import { jobsForExports, readAsked, requireSystem } from './asked.ts';
import { requirePatients } from './patients.ts';
import { exportFiles } from './run.ts';

/**
 * 202 with the address of the job that makes the files; within that job, the files. Fails with `async-required` without `Prefer:
 * respond-async`, `scope-insufficient` for a token of a person, `too-many-requests`, and for invalid parameters.
 */
async function bulkExport(services: Services, call: Call, input: Input): Promise<Answer> {
  requireSystem(call);
  const { baseUrl } = services;
  const jobs = jobsForExports(services, call);
  if (call.work !== undefined) return exportFiles(services, call, readAsked(services, call, input), call.work);
  const asked = readAsked(services, call, input);
  await requirePatients(services, call, asked);
  const { type, id, query, headers, body, access, recording } = call;
  const path = `${type === '' ? '' : `/${type}`}${id === '' ? '' : `/${id}`}/$export`;
  const kept = Buffer.isBuffer(body) && body.length > 0 ? body : undefined;
  const request = { method: kept === undefined ? 'GET' : 'POST', path, query, headers, body: kept };
  const about = { address: recording?.address, interaction: '$export', type, hasOwnForm: true };
  const job = await jobs.defer({ ...request, ...about }, access!, 'export');
  const isSeparate = prefersSeparateStatus(headerOf(call, 'prefer'));
  const applied = isSeparate ? 'respond-async, separate-export-status' : 'respond-async';
  return { status: 202, headers: { 'content-location': `${baseUrl}/$job/${job}`, 'preference-applied': applied } };
}

const text = { use: 'in', type: 'string' } as const;

const parameters: readonly OperationParameter[] = [
  {
    ...text,
    ...{ name: '_outputFormat', min: 0, max: '1', also: ['code'] },
    documentation: 'application/fhir+ndjson, application/ndjson or ndjson: the one form that there is.',
  },
  {
    ...{ name: '_since', use: 'in', min: 0, max: '1', type: 'instant', also: ['dateTime', 'string'] },
    documentation: 'Only what was stored, or deleted, after that moment.',
  },
  {
    ...{ name: '_until', use: 'in', min: 0, max: '1', type: 'instant', also: ['dateTime', 'string'] },
    documentation: 'As it was just before that moment.',
  },
  {
    ...text,
    ...{ name: '_type', min: 0, max: '*', also: ['code'] },
    documentation:
      'Only resources of these types, which may be separated by commas. Default: all that the token gives.',
  },
  {
    ...text,
    ...{ name: '_elements', min: 0, max: '*' },
    documentation: 'Only these root elements and the mandatory ones, as name or Patient.name.',
  },
  {
    ...text,
    ...{ name: '_typeFilter', min: 0, max: '*' },
    documentation: 'Searches such as Observation?category=laboratory: of that type only what meets one of them.',
  },
  {
    ...{ name: 'includeAssociatedData', use: 'in', min: 0, max: '*', type: 'Coding', also: ['code', 'string'] },
    documentation:
      'LatestProvenanceResources or RelevantProvenanceResources: of Provenance the newest one, or all, about each resource that is exported, and no other.',
  },
  {
    ...text,
    ...{ name: 'organizeOutputBy', min: 0, max: '1', also: ['code'] },
    documentation: 'Patient: files have a block for each patient, behind a header, in the place of one type.',
  },
  {
    ...{ name: 'allowPartialManifests', use: 'in', min: 0, max: '1', type: 'boolean' },
    documentation: 'true: files can be taken while the export runs, and manifests of four files each lead to the next.',
  },
  {
    ...{ name: '_minimumFileSize', use: 'in', min: 0, max: '1', type: 'positiveInt', also: ['integer'] },
    documentation: 'Bytes of a file at least: a file ends at what is the most alone, or where its type does.',
  },
  {
    ...{ name: '_maximumFileSize', use: 'in', min: 0, max: '1', type: 'positiveInt', also: ['integer'] },
    documentation: 'Bytes of a file at most, from 1048576 on; a larger resource stands alone.',
  },
];

const patient: OperationParameter = {
  ...{ name: 'patient', use: 'in', min: 0, max: '*', type: 'Reference' },
  documentation: 'Only records of these patients; by POST.',
};

const returned: OperationParameter = {
  ...{ name: 'return', use: 'out', min: 0, max: '1', type: 'Binary' },
  documentation: 'Nothing: the answer is 202, and Content-Location leads to the manifest of the files.',
};

const shared = {
  code: 'export',
  affectsState: false,
  permission: 'own',
  answersFiles: true,
  isAsync: true,
  isOfGuide: true,
  run: bulkExport,
} as const satisfies Partial<Operation>;

const guide = 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition';

export const exportOperations: readonly Operation[] = [
  {
    ...shared,
    id: 'export',
    base: `${guide}/export`,
    title: 'Export of all resources',
    description:
      'All resources that the token gives, as files of NDJSON. It is answered later (Prefer: respond-async).',
    levels: ['system'],
    types: 'Resource',
    parameters: [...parameters, returned],
  },
  {
    ...shared,
    id: 'patient-export',
    base: `${guide}/patient-export`,
    title: 'Export of the records of all patients',
    description: 'All patients and what is in their compartments, as far as the token gives it, as files of NDJSON.',
    levels: ['type'],
    types: ['Patient'],
    parameters: [...parameters, patient, returned],
  },
  {
    ...shared,
    id: 'group-export',
    base: `${guide}/group-export`,
    title: 'Export of the records of a group of patients',
    description:
      'The members of the Group and what is in their compartments, as far as the token gives it, as files of NDJSON.',
    levels: ['instance'],
    types: ['Group'],
    parameters: [...parameters, patient, returned],
  },
];
