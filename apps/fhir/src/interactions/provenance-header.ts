/**
 * The header `X-Provenance`: a Provenance of the resources that a request writes, stored in the same transaction. The server sets its
 * target. https://hl7.org/fhir/R5/provenance.html#header
 */
import { scanJson, uuidv7 } from '@dhp/fhir-model';
import { contentHash } from '@dhp/fhir-model/stamp';
import type { ResourceStore, TransactionWrite, WriteOutcome } from '@dhp/fhir-store';
import type { Call, Services } from '../contract/interaction.ts';
import { headerOf } from '../contract/interaction.ts';
import type { Route } from '../contract/route.ts';
import { receiveResource } from '../http/body.ts';
import { fail, Failure } from '../http/errors.ts';
import { WritesRefused } from '../http/writes-refused.ts';
import { withTargets } from '../validation/reference-targets.ts';
import { requireConformance, toBeStored } from '../validation/require-conformance.ts';

/** A member of the text of the header, before which the targets are put. */
interface Given {
  readonly text: string;
}

/**
 * The services of a request whose writes are stored together with the Provenance of its header; the same where it has none.
 * Fails with `provenance-header-invalid` for a header that is no Provenance without targets.
 */
export function withProvenance(services: Services, call: Call, { method }: Pick<Route, 'method'>): Services {
  const header = headerOf(call, 'x-provenance');
  if (header === undefined) return services;
  if (method === 'DELETE') invalid('a deletion leaves nothing that it could be about.');
  return provenanced(services, call, read(header));
}

function provenanced(services: Services, call: Call, given: Given): Services {
  return {
    ...services,
    store: provenancedStore(services, call, given),
    reading: (permission, refused) => provenanced(services.reading(permission, refused), call, given),
    over: (unguarded) => provenanced(services.over(unguarded), call, given),
  };
}

/** Node reads a header as Latin-1; JSON is UTF-8, or has escapes. */
function read(header: string): Given {
  const text = Buffer.from(header, 'latin1').toString('utf8').trim();
  let resource: unknown;
  try {
    resource = JSON.parse(text);
  } catch {
    invalid('it is no JSON.');
  }
  if (typeof resource !== 'object' || resource === null || Array.isArray(resource)) invalid('it is no JSON object.');
  const { resourceType, target, signature } = resource as Readonly<Record<string, unknown>>;
  if (resourceType !== 'Provenance') invalid(`its resourceType is ${shown(resourceType)}, not "Provenance".`);
  if (target !== undefined) invalid('it has a target. The server fills it in: leave it out.');
  if (signature !== undefined)
    invalid(
      'it has a signature, which is over its target: store a signed Provenance by itself, when the target is known.',
    );
  return { text };
}

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 100);
}

function invalid(why: string): never {
  fail('provenance-header-invalid', {}, { diagnostics: `X-Provenance: ${why}` });
}

function provenancedStore(services: Services, call: Call, given: Given): ResourceStore {
  const { store } = services;
  const provenanceOf = async (writes: readonly TransactionWrite[]): Promise<TransactionWrite | undefined> => {
    const targets = await Promise.all(writes.map((write) => targetOf(services, write)));
    return made(services, call, given, targets.flat());
  };

  const transaction: ResourceStore['transaction'] = async (writes, options) => {
    let own: TransactionWrite | undefined;
    let count = 0;
    const withOwn = async (asked: readonly TransactionWrite[]): Promise<readonly TransactionWrite[]> => {
      count = asked.length;
      own = await provenanceOf(asked);
      return own === undefined ? asked : [...asked, own];
    };
    const result = await store
      .transaction(typeof writes === 'function' ? async () => withOwn(await writes()) : await withOwn(writes), options)
      .catch((error: unknown) => {
        throw refusalOf(error, count);
      });
    if (own === undefined || result.kind !== 'committed') return result;
    return { ...result, outcomes: result.outcomes.slice(0, count) };
  };

  async function together(write: TransactionWrite): Promise<WriteOutcome> {
    const result = await transaction([write], {}).catch((error: unknown) => {
      throw error instanceof WritesRefused ? error.byWrite[0]!.failure : error;
    });
    const outcome =
      result.kind === 'committed' ? result.outcomes[0] : result.failures.find(({ index }) => index === 0)?.outcome;
    if (outcome === undefined) throw new Error('the store has no outcome of a write');
    return outcome;
  }

  return {
    ...store,
    transaction,
    create: (resource) => together({ kind: 'create', id: uuidv7(), ...resource }),
    update: (update) => together({ kind: 'update', ...update }),
  };
}

/** A refusal of the Provenance itself is reported as one of the request: it is in no entry of a Bundle. */
function refusalOf(error: unknown, count: number): unknown {
  if (!(error instanceof WritesRefused)) return error;
  const own = error.byWrite.find(({ index }) => index === count);
  return own === undefined ? error : inHeader(own.failure);
}

/**
 * With its version where that is certain before it is stored: the first, and the one behind the version that If-Match or a patch names. It is not
 * where the content may stay as it is, since then there is no other version.
 */
async function targetOf({ unguarded }: Pick<Services, 'unguarded'>, write: TransactionWrite): Promise<string[]> {
  const { type, id } = write;
  if (write.kind === 'delete') return [];
  if (write.kind === 'create') return [`${type}/${id}/_history/1`];
  const { ifMatch, completes, source } = write;
  const [expected, ...others] = typeof ifMatch === 'string' || completes !== undefined ? [] : (ifMatch ?? []);
  if (expected === undefined || others.length > 0) return [`${type}/${id}`];
  const current = await unguarded.read(type, id);
  const differs =
    current?.deleted === false &&
    current.versionId === expected &&
    contentHash(scanJson(current.content.toString())) !== contentHash(source);
  return [differs ? `${type}/${id}/_history/${String(expected + 1)}` : `${type}/${id}`];
}

/** The write of the Provenance; undefined if nothing is created or updated. */
async function made(
  services: Services,
  call: Call,
  { text }: Given,
  targets: readonly string[],
): Promise<TransactionWrite | undefined> {
  if (targets.length === 0) return undefined;
  const list = JSON.stringify(targets.map((reference) => ({ reference })));
  const body = Buffer.from(`{"target":${list},${text.slice(1)}`);
  const headers = { 'content-type': 'application/fhir+json' };
  const { budget } = call;
  try {
    return await withTargets({ seen: services.reading('r').store, budget }, (reads) => {
      const received = receiveResource(body, 'Provenance');
      requireConformance(services, received, { budget, headers, targets: reads }, false);
      return { kind: 'create', id: uuidv7(), type: 'Provenance', ...toBeStored(services, received, budget) } as const;
    });
  } catch (error) {
    throw error instanceof Failure ? asInvalid(error) : error;
  }
}

/**
 * An invalid Provenance is an error of the header, with any code that it would have as a body. Positions in it are omitted: the header has
 * no lines.
 */
function asInvalid({ detail }: Failure): Failure {
  const { diagnostics, expression } = detail;
  const issues = detail.findings?.issues.map(({ place: _, ...finding }) => ({ ...finding, within: 'X-Provenance' }));
  const findings = issues && { issues, text: undefined };
  return new Failure(
    'provenance-header-invalid',
    {},
    { diagnostics: `X-Provenance: ${diagnostics}`, expression, findings },
  );
}

function inHeader({ code, values, detail }: Failure): Failure {
  return new Failure(code, values, { ...detail, diagnostics: `X-Provenance: ${detail.diagnostics}` });
}
