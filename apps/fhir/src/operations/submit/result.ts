/** The status manifest of a submission, and its files of OperationOutcomes. https://build.fhir.org/ig/HL7/bulk-data/submit.html */
import type { ImportInput, ImportLine } from '@dhp/fhir-store/jobs';
import type { Answer } from '../../contract/answer.ts';
import type { Imports, Submission, SubmittedManifest } from '../../contract/imports.ts';
import type { Services } from '../../contract/interaction.ts';
import { fail } from '../../http/errors.ts';

/** The result of a submission, as stored. */
export interface SubmissionTold {
  readonly time: string;
  /** By the number of the manifest; absent for a stopped submission, in which each manifest has one line. */
  readonly counts?: readonly ManifestCount[];
}

interface ManifestCount {
  readonly manifest: number;
  /** OperationOutcomes in its file, and issues by their severity. */
  readonly count: number;
  readonly severities: Readonly<Record<string, number>>;
}

const named = /^outcome-(\d{1,6})\.ndjson$/;

/** The number of the manifest whose file has this name. */
export function outcomeNumber(name: string): number | undefined {
  const [, number] = named.exec(name) ?? [];
  return number === undefined ? undefined : Number(number);
}

const definition = 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkSubmitStatusManifest';

export async function submissionManifest(
  { imports, baseUrl }: Services,
  { id, expires, told }: { readonly id: string; readonly expires: Date; readonly told: SubmissionTold },
): Promise<Answer> {
  if (imports === undefined) fail('imports-off', {}, { diagnostics: 'DHP_IMPORTS is off at this node.' });
  const submission = await imports.store.submissions.read(id);
  if (submission === undefined) throw new Error('a submission has ended that is not there');
  const ofStopped = { count: 1, severities: { information: 1 } };
  const outcome = submission.manifests.map(({ number, url }) => {
    const { count, severities } = told.counts?.find(({ manifest }) => manifest === number) ?? ofStopped;
    return {
      type: 'OperationOutcome',
      url: `${baseUrl}/$job/${id}/outcome-${String(number)}.ndjson`,
      manifestUrl: url,
      count,
      countSeverity: Object.entries(severities).map(([code, of]) => ({ code, count: of })),
    };
  });
  const body = {
    submissionId: submission.submission,
    manifestType: definition,
    transactionTime: told.time,
    ...{ requiresAccessToken: true, outputFormat: 'application/fhir+ndjson', output: [], outcome },
  };
  const headers = {
    'content-type': 'application/json',
    expires: expires.toUTCString(),
    'cache-control': 'private, no-cache',
  };
  return { status: 200, headers, body: JSON.stringify(body) };
}

/** Counts the lines of the files of all manifests. */
export async function countOutcomes(imports: Imports, id: string): Promise<ManifestCount[]> {
  const submission = await imports.store.submissions.read(id);
  const counts: ManifestCount[] = [];
  for (const { number } of submission?.manifests ?? []) {
    const severities: Record<string, number> = {};
    let count = 0;
    for await (const outcome of outcomesOf(imports, id, number)) {
      count += 1;
      for (const { severity } of outcome.issue) severities[severity] = (severities[severity] ?? 0) + 1;
    }
    counts.push({ manifest: number, count, severities });
  }
  return counts;
}

/** The file of a manifest; undefined if the submission has none of this number. */
export async function outcomeFile(
  imports: Imports,
  id: string,
  number: number,
): Promise<AsyncIterable<Buffer> | undefined> {
  const submission = await imports.store.submissions.read(id);
  return submission?.manifests.some((manifest) => manifest.number === number) === true
    ? linesOf(imports, id, number)
    : undefined;
}

async function* linesOf(imports: Imports, id: string, number: number): AsyncGenerator<Buffer> {
  for await (const outcome of outcomesOf(imports, id, number)) yield Buffer.from(`${JSON.stringify(outcome)}\n`);
}

interface Outcome {
  readonly resourceType: string;
  readonly issue: readonly { readonly severity: string }[];
}

/** The result of each file, and the reason for each rejected resource. */
async function* outcomesOf(imports: Imports, id: string, number: number): AsyncGenerator<Outcome> {
  const submission = await imports.store.submissions.read(id);
  const manifest = submission?.manifests.find((each) => each.number === number);
  if (submission === undefined || manifest === undefined) return;
  const inputs = (await imports.store.inputsOf(id)).filter((input) => input.manifest === number);
  if (inputs.length === 0) yield note(withoutFiles(submission, manifest));
  for (const input of inputs) {
    if (input.failure === null) yield note(summary(input));
    else yield JSON.parse(input.failure) as Outcome;
    for await (const line of rejectedOf(imports, id, input.number)) yield ofLine(line, input, manifest);
  }
}

function withoutFiles({ state }: Submission, { url, replaced }: SubmittedManifest): string {
  if (replaced) return `Manifest ${url} was replaced. Nothing of it was fetched.`;
  if (state === 'stopped') return `The submission was stopped. Nothing of manifest ${url} was fetched.`;
  return `Manifest ${url} names no files.`;
}

function summary({ source, created, updated, unchanged, rejected, repeated }: ImportInput): string {
  const again = repeated === null ? '' : ` The same was taken before, by ${repeated}.`;
  return `${source}: ${String(created)} created, ${String(updated)} updated, ${String(unchanged)} unchanged, ${String(rejected)} rejected.${again}`;
}

function note(diagnostics: string): Outcome & object {
  const issue = { severity: 'information', code: 'informational', diagnostics };
  return { resourceType: 'OperationOutcome', issue: [issue] };
}

const sourceResource = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-sourceResource';

/** The outcome of a line, with the resource that it is about and its place in the file. */
function ofLine({ name, line, outcome }: ImportLine, { source }: ImportInput, { base }: SubmittedManifest): Outcome {
  const { resourceType, issue, ...more } = JSON.parse(outcome) as Outcome;
  const extension = [{ url: sourceResource, valueReference: { reference: `${base}/${name}` } }];
  const place = note(`Line ${String(line)} of ${source}`).issue;
  return { resourceType, ...(name !== '' && { extension }), ...more, issue: [...issue, ...place] };
}

/** Lines that are read at a time. */
const most = 500;

async function* rejectedOf({ store }: Imports, id: string, input: number): AsyncGenerator<ImportLine> {
  for (let line = 0; ;) {
    const lines = await store.linesOf(id, { waits: false, behind: { input, line }, most });
    for (const each of lines) {
      if (each.input !== input) return;
      yield each;
    }
    const last = lines.at(-1);
    if (last === undefined || lines.length < most) return;
    line = last.line;
  }
}
