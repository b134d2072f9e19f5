/** Purges that deletions have asked for, carried out by an operator: a second person, with the right that no server has. docs/operations/retention.md */
import { isCareType } from '@dhp/care';
import { typeNumber } from '@dhp/fhir-model';
import { pseudonymOf, type TrailKeys } from '@dhp/trail';
import { certificateOf, readCertificate, type Certificate, type Erasure } from '@dhp/trail/acts';
import { anyReference, keyOf, referenceText } from '@dhp/search-index/keys';
import { ownHash } from './own-hash.ts';
import { alone, digestOf, end, runOf, type PurgeOptions } from './purge.ts';
import { lockHolds } from './statements/legal-holds.ts';
import {
  countNaming,
  countOpen,
  decideRequest,
  deleteLogged,
  deleteMade,
  hasItem,
  reopenItems,
  selectAsked,
  selectKeeping,
  selectOpenTypes,
  selectRequests,
  selectTypes,
  selectVersionsOf,
  settleAsked,
  type CountedType,
  type KeepingHold,
} from './statements/purge-requests.ts';
import {
  deleteLinks,
  lockResources,
  noteStep,
  purgeVersions,
  selectArchivesOf,
  selectEmptied,
  type PurgeRun,
} from './statements/retention.ts';
import type { Session } from './statements/session.ts';
import { actsSoFar, destroyKeysIn, recordDone, TrailActRefused, type LifeMeans } from './trail-life.ts';

/** Versions of one step. */
const most = 1_000;

/** The data that an erasure keeps, for the certificate. */
const keptAlways = [
  'Of each version a row without content: type, id, number, time and a hash, so that no number is given again and nothing is lost unnoticed.',
  'Of each deletion its row: that the resource was there, and when it was deleted.',
  'The trail of requests, under pseudonyms: the law on personal data asks who looked.',
  'Backups from before, until they end; answers of jobs, files of exports, and the log of requests of applications, which in production names no person, until their time is over.',
  'Words of the search index that resources share, as names of codes; events of subscriptions, which name resources and say nothing of them.',
];

export interface CarryOut extends Pick<PurgeOptions, 'signal' | 'onStep'> {
  readonly request: string;
  /** The person whom the resources were about: that person's keys in the trail are destroyed, too. */
  readonly patient?: string | undefined;
  /** The law by which data is kept, in words for the certificate. */
  readonly law?: string | undefined;
}

/**
 * Purges the resources of a request, each with all of its versions; resources on hold, and those that exist again, stay. An aborted purge
 * is continued.
 * @returns the certificate
 * @throws TrailActRefused for a request that does not exist or was refused, and for a person who is not in it or is on hold
 */
export async function carryOutPurge(means: LifeMeans, o: CarryOut): Promise<Certificate> {
  const { sql } = means;
  const { request, patient } = o;
  const [asked] = await selectRequests(sql, request);
  if (asked === undefined) throw new TrailActRefused(`There is no request ${request}.`);
  if (asked.state === 'refused') throw new TrailActRefused(`The request ${request} was refused.`);
  if (patient !== undefined && !(await hasItem(sql, request, 'Patient', patient)))
    throw new TrailActRefused(`Patient/${patient} is not among the resources of the request ${request}.`);
  const work = async (signal: AbortSignal): Promise<Certificate> => {
    const run = await runOf(means, request);
    if (run.place === undefined) await reopenItems(sql, request);
    for (let looked = 0; ;) {
      signal.throwIfAborted();
      const step = await sql.begin((session) => purgeAsked(session, run, request));
      if (step === undefined) break;
      o.onStep?.(step.type, (looked += step.versions));
    }
    const { act } = await end(means, run.id, {
      beside: (session) => erasureOf(session, means, { ...o, client: asked.client }),
    });
    const { signed } = await actsSoFar(sql, means.keys);
    return certificateOf(means.keys.verifying, signed, act!);
  };
  return alone(sql, work, { signal: o.signal });
}

interface CountedRequest {
  readonly types: readonly CountedType[];
  readonly holds: readonly KeepingHold[];
}

/**
 * Counts the versions that a purge of a request would remove now, and the holds that keep the rest. Nothing is written.
 * @throws TrailActRefused for a request that does not exist or was refused
 */
export async function countRequest(sql: LifeMeans['sql'], request: string): Promise<CountedRequest> {
  const [asked] = await selectRequests(sql, request);
  if (asked === undefined) throw new TrailActRefused(`There is no request ${request}.`);
  if (asked.state === 'refused') throw new TrailActRefused(`The request ${request} was refused.`);
  const types: CountedType[] = [];
  const holds = new Map<string, KeepingHold>();
  for (const type of await selectOpenTypes(sql, request)) {
    const ty = typeNumber(type)!;
    types.push(await countOpen(sql, request, type, ty));
    for (const one of await selectKeeping(sql, request, type, ty)) {
      const resources = one.resources + (holds.get(one.hold)?.resources ?? 0);
      holds.set(one.hold, { ...one, resources });
    }
  }
  return { types, holds: [...holds.values()] };
}

async function purgeAsked(
  session: Session,
  run: PurgeRun,
  request: string,
): Promise<{ type: string; versions: number } | undefined> {
  await lockHolds(session, 'to go by');
  const next = await selectAsked(session, request);
  if (next === undefined) return undefined;
  const { type, ids } = next;
  const ty = typeNumber(type)!;
  const versions = await selectVersionsOf(session, { ty, ids, most });
  await lockResources(session, versions);
  const rule = { type, deleted: 0 };
  const { old, held } = await purgeVersions(session, versions, {
    ty,
    rule,
    began: run.began,
    run: run.id,
    forgets: true,
  });
  const emptied = await selectEmptied(session, versions);
  const owns = emptied.map((id) => ownHash(type, id));
  await deleteMade(session, { ty, ids: emptied, owns });
  if (isCareType(type)) await deleteLinks(session, owns);
  await settleAsked(session, { request, type, ty, ids });
  const last = versions.at(-1);
  const place = last && ([last.upd, last.rid, last.ver] as const);
  await noteStep(session, run.id, { type, place: place ?? ['-infinity', '0', 0], removed: old - held, held });
  return { type, versions: versions.length };
}

/** The outcome of the request, for the certificate, in the transaction that ends it. */
async function erasureOf(
  session: Session,
  means: LifeMeans,
  o: CarryOut & { readonly client: string },
): Promise<Erasure> {
  const { request, patient, law, client } = o;
  const { by, reason, keys } = means;
  const [now] = await selectRequests(session, request);
  const { purged, held, back } = now!;
  if (held === 0) await decideRequest(session, { id: request, state: 'done', by, reason });
  const person = patient === undefined ? undefined : await personOf(session, means, patient);
  const archives = new Set<string>();
  for (const type of await selectTypes(session, request))
    for (const file of await selectArchivesOf(session, { request, type, ty: typeNumber(type)! })) archives.add(file);
  return {
    ...{ request, client, resources: purged, held, back, reason },
    ...(person && { person: { ...person, pseudonym: pseudonymOf(keys, patient!).toString('hex') } }),
    ...(archives.size > 0 && { archives: [...archives].sort() }),
    kept: [...keptAlways, ...(law === undefined ? [] : [law])],
  };
}

async function personOf(session: Session, means: LifeMeans, patient: string): Promise<{ keys: number; named: number }> {
  const { keys } = await destroyKeysIn(session, means, patient);
  await deleteLogged(session, patient);
  const named = await countNaming(session, String(keyOf(anyReference, referenceText('Patient', patient))));
  return { keys, named };
}

/** Refuses a request: the deleted resources stay deleted, with their versions. @throws TrailActRefused for a request that is not open */
export async function refusePurge(means: LifeMeans, request: string): Promise<void> {
  const { by, reason } = means;
  await means.sql.begin(async (session) => {
    const [asked] = await selectRequests(session, request);
    if (asked?.state !== 'asked') throw new TrailActRefused(`There is no open request ${request}.`);
    await decideRequest(session, { id: request, state: 'refused', by, reason });
    await recordDone(session, means, { interaction: 'purge-refused', told: { request } });
  });
}

/**
 * forged: the key has not signed it. other: the trail has another statement in its place. altered: the rows differ from it. returned: a
 * purged resource exists again.
 */
export type CertificateFault = 'forged' | 'other' | 'altered' | 'returned';

/** Whether a certificate is of this environment, and still true. */
export async function checkCertificate(
  sql: Session,
  keys: Pick<TrailKeys, 'verifying'>,
  text: string,
): Promise<{
  readonly fault: CertificateFault | undefined;
  readonly erasure: Erasure | undefined;
  readonly versions: number;
}> {
  const act = readCertificate(keys.verifying, text);
  if (act?.kind !== 'purge') return { fault: 'forged', erasure: undefined, versions: 0 };
  const { statement, number } = JSON.parse(text) as Certificate;
  const { signed } = await actsSoFar(sql, keys);
  const { versions, digest, returned } = await digestOf(sql, act.run);
  const isSame = digest === act.digest && versions === act.versions;
  const fault =
    signed[number - 1]?.statement !== statement ? 'other' : !isSame ? 'altered' : returned > 0 ? 'returned' : undefined;
  return { fault, erasure: act.erasure, versions };
}
