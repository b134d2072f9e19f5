/** `$bulk-submit` and `$bulk-submit-status`: manifests of another system, whose files are written in a job. docs/bulk-export.md */
import { formatInstant } from '@dhp/fhir-model/instant';
import type { Answer } from '../../contract/answer.ts';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import type { Submitted, SubmissionRequest } from '../../contract/imports.ts';
import { missingPermission } from '../../http/access.ts';
import { fail, failure, type Failure } from '../../http/errors.ts';
import { isLenient } from '../../http/negotiate.ts';
import { json } from '../../http/respond.ts';
import { requireSystem } from '../export/asked.ts';
import { invalid } from '../input.ts';
import type { Input, Operation, OperationParameter } from '../operation.ts';
import { modeName, readSubmission, submissionOf } from './asked.ts';
import type { SubmissionTold } from './result.ts';

/**
 * 200: the manifest is noted. Nothing is fetched before the submission is completed. Fails with `scope-insufficient` for a person's token
 * and one without write permission, `imports-off`, `submission-conflict`, `job-unknown` for a submission that does not exist,
 * `too-many-requests`, and for wrong parameters.
 */
async function bulkSubmit(services: Services, call: Call, input: Input): Promise<Answer> {
  const { jobs, imports, exports } = requireImports(services, call, '$bulk-submit');
  const { headers, access, recording } = call;
  const asked = readSubmission(input, { isLenient: isLenient(headerOf(call, 'prefer')), seal: imports.headers.seal });
  const missing = missingPermission(access!, asked.mode === 'create' ? 'c' : 'u', '*', '$bulk-submit');
  if (missing !== undefined) throw missing;
  const fault = asked.manifest === undefined ? undefined : imports.refusedAddress(asked.manifest.url);
  if (fault !== undefined) invalid('manifestUrl', `manifestUrl: ${fault.slice(0, 300)}.`);
  const interaction = '$bulk-submit';
  // The body contains secrets: it is not stored.
  const request = { method: 'POST', path: `/${interaction}`, query: undefined, headers, body: undefined };
  const about = { address: recording?.address, interaction, type: '', hasOwnForm: true };
  const told: SubmissionTold = { time: formatInstant(services.clock(), services.timeZone) };
  const outcome = { status: 200, isRefused: false, labels: [], first: 0, parts: 0, told };
  const submitted = await jobs.submit({ ...request, ...about }, access!, asked, { outcome, minutes: exports.minutes });
  if (submitted.kind !== 'taken') throw refusal(submitted, asked);
  const diagnostics = `The submission is ${asked.state}. $bulk-submit-status tells what comes of it.`;
  const issue = [{ severity: 'information', code: 'informational', diagnostics }];
  return json(JSON.stringify({ resourceType: 'OperationOutcome', issue }), { 'cache-control': 'private, no-cache' });
}

/** 202 with the address of the submission's status. Fails with `job-unknown` if this client has none, with these rights. */
async function bulkSubmitStatus(services: Services, call: Call, input: Input): Promise<Answer> {
  const { jobs, imports } = requireImports(services, call, '$bulk-submit-status');
  const names = submissionOf(input);
  const [format = 'ndjson'] = input.get('_outputFormat') ?? [];
  if (!['application/fhir+ndjson', 'application/ndjson', 'ndjson'].includes(String(format)))
    invalid('_outputFormat', '_outputFormat is application/fhir+ndjson, application/ndjson or ndjson.');
  const job = await imports.store.submissions.find(jobs.ownerOf(call.access!), names);
  if (job === undefined) throw unknown(names);
  const more = { 'content-location': `${services.baseUrl}/$job/${job}`, 'preference-applied': 'respond-async' };
  return { status: 202, headers: more };
}

interface Means {
  readonly jobs: NonNullable<Services['jobs']>;
  readonly imports: NonNullable<Services['imports']>;
  readonly exports: NonNullable<Services['exports']>;
}

function requireImports({ jobs, imports, exports }: Services, call: Call, interaction: string): Means {
  requireSystem(call, interaction);
  if (jobs !== undefined && imports !== undefined && exports !== undefined) return { jobs, imports, exports };
  const diagnostics = 'DHP_JOBS, DHP_IMPORTS or DHP_EXPORTS is off in this environment: files have to be fetched.';
  fail('imports-off', {}, { diagnostics });
}

function unknown({ submission }: Pick<SubmissionRequest, 'submission'>): Failure {
  const diagnostics = `There is no submission ${submission.slice(0, 100)} of this submitter, client and set of rights. It begins with a manifestUrl, and is kept for a time only.`;
  return failure('job-unknown', {}, { diagnostics });
}

function refusal(submitted: Exclude<Submitted, { kind: 'taken' }>, asked: SubmissionRequest): Failure {
  switch (submitted.kind) {
    case 'too-many': {
      const diagnostics =
        'The client has as many submissions that have not ended as it may. Complete or stop one of them.';
      return failure('too-many-requests', { seconds: 10 }, { diagnostics, headers: { 'retry-after': '10' } });
    }
    case 'unknown':
      return unknown(asked);
    case 'over':
      return conflict(
        `The submission is ${submitted.state}, or is being removed: nothing more is taken for it. Begin another one.`,
      );
    case 'same-url':
      return conflict(
        'The submission has a manifest with this manifestUrl already. Each has an address of its own, also one that replaces another.',
      );
    case 'other-mode':
      return conflict(`All manifests of a submission have the same ${modeName}.`);
    case 'nothing-replaced':
      return conflict('replacesManifestUrl is no manifest of this submission, or is replaced already.');
  }
}

function conflict(diagnostics: string): Failure {
  return failure('submission-conflict', {}, { diagnostics });
}

const guide = 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition';
const url = { use: 'in', min: 0, max: '1', type: 'url', also: ['uri', 'string'] } as const;
const text = { use: 'in', type: 'string' } as const;

const names: readonly OperationParameter[] = [
  {
    ...{ name: 'submitter', use: 'in', min: 1, max: '1', type: 'Identifier' },
    documentation: 'System and value of the system that submits. Submissions of another client are others.',
  },
  { ...text, name: 'submissionId', min: 1, max: '1', documentation: 'The id that the submitter gives the submission.' },
];

function pairs(name: string, [first, second]: readonly [string, string], documentation: string): OperationParameter {
  const part = [first, second].map((each) => ({
    ...({ name: each, min: 1, max: '1', type: 'string', also: ['uri', 'url'] } as const),
    documentation: 'Of the pair.',
  }));
  return { name, use: 'in', min: 0, max: '*', part, documentation };
}

const common = {
  affectsState: true,
  permission: 'own',
  answersFiles: true,
  isAsync: true,
  isPosted: true,
  isOfGuide: true,
  levels: ['system'],
  types: 'Resource',
} as const;

const submitOperation: Operation = {
  ...common,
  ...{ id: 'bulk-submit', code: 'bulk-submit', base: `${guide}/bulk-submit` },
  title: 'Submission of manifests',
  description:
    'Manifests of files of NDJSON are noted, and when the submission is completed their files are fetched and written, as their client would write each line by itself.',
  run: bulkSubmit,
  parameters: [
    ...names,
    {
      ...{ name: 'submissionStatus', use: 'in', min: 0, max: '1', type: 'Coding' },
      documentation: 'in-progress (default): more comes; completed: it is begun; stopped: nothing of it is taken.',
    },
    { ...url, name: 'manifestUrl', documentation: 'The https address of a manifest as exports have them.' },
    { ...url, name: 'replacesManifestUrl', documentation: 'A manifest of this submission that is not to be taken.' },
    { ...text, name: 'outputFormat', min: 0, max: '1', documentation: 'application/fhir+ndjson, of R5.' },
    { ...url, name: 'fhirBaseUrl', documentation: 'The base URL of relative references. It comes with manifestUrl.' },
    pairs('fileRequestHeader', ['headerName', 'headerValue'], 'Sent with each fetch of the manifest and its files.'),
    { ...url, max: '*', name: 'oauthMetadataUrl', documentation: 'Not supported: it is refused.' },
    {
      ...{ name: 'fileEncryptionKey', use: 'in', min: 0, max: '1' },
      part: [
        { name: 'coding', min: 0, max: '1', type: 'Coding', documentation: 'Its kind.' },
        { name: 'value', min: 1, max: '1', type: 'string', documentation: 'The key.' },
      ],
      documentation: 'Not supported: it is refused.',
    },
    pairs('metadata', ['parameterUrl', 'parameterValue'], 'None is known: it is refused, but with handling=lenient.'),
    pairs('import', ['parameterUrl', 'parameterValue'], `${modeName}: upsert (default) or create, as of $import.`),
    {
      ...{ name: 'return', use: 'out', min: 1, max: '1', type: 'OperationOutcome' },
      documentation: 'The submission as it stands.',
    },
  ],
};

const statusOperation: Operation = {
  ...common,
  ...{ id: 'bulk-submit-status', code: 'bulk-submit-status', base: `${guide}/bulk-submit-status` },
  title: 'What comes of a submission',
  description: 'It is answered later: the address in Content-Location tells of the submission, and of its outcome.',
  run: bulkSubmitStatus,
  parameters: [
    ...names,
    {
      ...text,
      name: '_outputFormat',
      min: 0,
      max: '1',
      documentation: 'application/fhir+ndjson, application/ndjson or ndjson.',
    },
    {
      ...{ name: 'return', use: 'out', min: 0, max: '1', type: 'Binary' },
      documentation: 'Nothing: the answer is 202, and Content-Location leads to the manifest of outcomes.',
    },
  ],
};

export const submitOperations: readonly Operation[] = [submitOperation, statusOperation];
