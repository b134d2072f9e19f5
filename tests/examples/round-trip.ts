/** Every resource of the package of published R5 examples, sent to a server and read back. */
import { readdir, readFile } from 'node:fs/promises';
import { knownFaults } from '../../packages/fhir-validation/test/known-faults.ts';
import { firstDifference } from './content-tokens.ts';

/** The folder of hl7.fhir.r5.examples, wherever npm has put it. */
const folder = new URL('.', import.meta.resolve('hl7.fhir.r5.examples/package.json'));

/** Requests in flight at one time. */
const concurrency = 16;

const validId = /^[A-Za-z0-9\-.]{1,64}$/;

export interface Result {
  readonly file: string;
  /** `refused`: it breaks R5, or asks for what the server does not do, in a way that is known and explained, and the server says so. */
  readonly outcome: 'passed' | 'refused' | 'failed' | 'skipped';
  /** Why it failed, was refused or skipped; empty when it passed. */
  readonly reason: string;
}

/** The names of the resource files, sorted. */
export async function exampleFiles(): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => /^[A-Z].*\.json$/.test(name)).sort();
}

/**
 * Puts each resource by its id (posts it where it has none that may be in a URL) and reads it back: the same but for
 * `meta.versionId` and `meta.lastUpdated`, and the id that a server gave.
 *
 * @param base the FHIR base URL of a server that holds none of them yet
 * @param onProgress called after each file
 */
export async function roundTrip(
  base: string,
  token: string,
  files: readonly string[],
  onProgress: (done: number) => void = () => undefined,
): Promise<Result[]> {
  const results = new Map<string, Result>();
  const queue = [...files].reverse();
  const worker = async (): Promise<void> => {
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      const outcome = await one(base, token, file).catch((error: unknown) => failed(String(error)));
      results.set(file, { file, ...outcome });
      onProgress(results.size);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return files.map((file) => results.get(file)!);
}

type Verdict = Omit<Result, 'file'>;

const failed = (reason: string): Verdict => ({ outcome: 'failed', reason });

async function one(base: string, token: string, file: string): Promise<Verdict> {
  const bytes = await readFile(new URL(encodeURIComponent(file), folder));
  const sent = bytes.toString('utf8');
  const { resourceType, id } = JSON.parse(sent) as { resourceType: string; id?: string };
  if (resourceType === 'Parameters') {
    return { outcome: 'skipped', reason: 'Parameters has no endpoint: it only travels with operations' };
  }
  const authorization = `Bearer ${token}`;
  const isNamed = id !== undefined && validId.test(id);
  const written = await fetch(`${base}/${resourceType}${isNamed ? `/${id}` : ''}`, {
    method: isNamed ? 'PUT' : 'POST',
    headers: { authorization, 'content-type': 'application/fhir+json' },
    body: bytes,
  });
  const answer = await written.text();
  const faults = written.status === 422 ? faultsIn(answer) : undefined;
  if (faults !== undefined) return { outcome: 'refused', reason: faults };
  if (written.status !== 201)
    return failed(`${isNamed ? 'PUT' : 'POST'} answered ${written.status}: ${diagnostics(answer)}`);

  const address = isNamed ? `${base}/${resourceType}/${id}` : versionless(written.headers.get('location'));
  // Without it a Binary comes as the file that it holds.
  const read = await fetch(address, { headers: { authorization, accept: 'application/fhir+json' } });
  const received = await read.text();
  if (read.status !== 200) return failed(`GET answered ${read.status}: ${diagnostics(received)}`);
  if (read.headers.get('etag') !== 'W/"1"') return failed(`GET answered the ETag ${String(read.headers.get('etag'))}`);
  const given = isNamed ? sent : withId(sent, id, address.slice(address.lastIndexOf('/') + 1));
  const difference = firstDifference(given, received);
  return difference === undefined ? { outcome: 'passed', reason: '' } : failed(difference);
}

interface Finding {
  readonly severity: string;
  readonly details: { readonly coding: readonly { readonly system: string; readonly code: string }[] };
  readonly diagnostics: string;
}

const reasons = new Map([
  ...knownFaults.map(({ finding, reason }) => [finding, reason] as const),
  [
    'invariant scs-1',
    'nested concepts without the meaning of their hierarchy, in a code system that claims to be one for sharing',
  ],
  ['subscription-invalid', 'an active subscription, and only the server makes one active'],
  ['topic-invalid', 'an active topic with filters by lists, and with includes that R5 does not have'],
]);

/** Why an example is refused; undefined unless each error that the server tells is one that the example is known to have. */
function faultsIn(body: string): string | undefined {
  const { issue } = JSON.parse(body) as { issue: Finding[] };
  const found = issue
    .filter(({ severity }) => severity === 'error')
    .map(({ details, diagnostics }) => {
      const codeIn = (wanted: string) => details.coding.find(({ system }) => system === wanted)?.code;
      const id = codeIn('urn:dhp:validation') ?? codeIn('urn:dhp:error-code') ?? '';
      const detail = /Rule (\S+) is broken|in the value set (\S+)\. /.exec(diagnostics);
      return [id, detail?.[1] ?? detail?.[2]].filter((part) => part !== undefined).join(' ');
    });
  const known = found.map((finding) => reasons.get(finding));
  return known.includes(undefined) ? undefined : [...new Set(known)].join('; ');
}

/** Returns the expected body after a POST: the id that the server chose replaces the client's, or follows the resourceType. */
function withId(text: string, old: string | undefined, id: string): string {
  if (old !== undefined) return text.replace(`"id"`, '"id"').replace(JSON.stringify(old), JSON.stringify(id));
  return text.replace(/"resourceType"\s*:\s*"[A-Za-z]+"/, (member) => `${member},"id":${JSON.stringify(id)}`);
}

function versionless(location: string | null): string {
  return (location ?? '').replace(/\/_history\/[^/]+$/, '');
}

/** The sentence of an OperationOutcome, else the beginning of the body. */
function diagnostics(body: string): string {
  try {
    const { issue } = JSON.parse(body) as { issue?: { diagnostics?: string }[] };
    return issue?.[0]?.diagnostics ?? body.slice(0, 200);
  } catch {
    return body.slice(0, 200);
  }
}
