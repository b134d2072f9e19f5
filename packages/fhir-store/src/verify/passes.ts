/** The passes of a verification. Each step reads a part of one table and the rows that belong to it, in one snapshot. */
import { typeName } from '@dhp/fhir-model';
import { shardKeyOf } from '../placement/shard-key.ts';
import { sessionOn } from '../statements/index-tables.ts';
import { whichPurged } from '../statements/retention.ts';
import type { Session } from '../statements/session.ts';
import { madeTables, namesOf, pagesOf, straysIn, type MadeTable, type StrayRows } from '../statements/verify-strays.ts';
import {
  selectBefore,
  selectCurrent,
  selectDirectory,
  selectEnds,
  type VersionToVerify,
} from '../statements/verify-versions.ts';
import {
  pagesSpread,
  selectBeforeSpread,
  selectCurrentSpread,
  selectDirectorySpread,
  straysSpread,
} from '../statements/verify-spread.ts';
import { wrongWordsOf } from '../statements/verify-text.ts';
import { compareCare, compareConsents, compareLabels, type Compared, type Named } from './compare-access.ts';
import { compareIndex } from './compare-index.ts';
import { eventStep, runStep, subscriptionStep } from './event-passes.ts';
import { readVersion } from './content-fault.ts';
import type { Finding, FindingKind, Place, StepResult } from './finding.ts';
import type { Checked, VerifyMeans } from './means.ts';

export interface Pass {
  readonly name: string;
  /** How long it takes, compared with the others. */
  readonly weight: number;
  readonly step: (session: Session, at: Place | undefined, means: VerifyMeans) => Promise<StepResult>;
}

export const passes: readonly Pass[] = [
  { name: 'current', weight: 60, step: currentStep },
  { name: 'before', weight: 15, step: beforeStep },
  { name: 'directory', weight: 3, step: directoryStep },
  { name: 'subscription', weight: 1, step: onOneNode(subscriptionStep) },
  { name: 'event', weight: 2, step: onOneNode(eventStep) },
  { name: 'run', weight: 1, step: runStep },
  ...madeTables.map((table): Pass => ({ name: table, weight: 3, step: strayStep(table) })),
];

const nameOf = ({
  ofTy: ty,
  id,
  rid,
  shard,
}: Pick<VersionToVerify, 'ofTy' | 'id' | 'rid' | 'shard'>): string | undefined =>
  id === undefined ? undefined : `${typeName(ty) ?? `type ${String(ty)} of row ${String(rid)}/${String(shard)}`}/${id}`;

/** Findings about a version by itself, and its content. */
function examined(version: VersionToVerify): { findings: Finding[]; named: Named | undefined } {
  const { rid, shard, ty, id, ver, isKnown, hasBefore, isInOrder, upd } = version;
  const name = nameOf(version);
  const about = { ...(name !== undefined && { resource: name }), version: ver };
  const row = `row ${String(rid)}/${String(shard)}`;
  const { resource, fault } = readVersion(version);
  const findings: Finding[] = [];
  if (!hasBefore)
    findings.push({ kind: 'version-missing', ...about, version: ver - 1, detail: `fhir.history: ${row}` });
  if (!isInOrder) findings.push({ kind: 'version-order', ...about, detail: row });
  if (fault !== undefined) findings.push({ kind: 'content', ...about, detail: fault });
  const type = typeName(ty);
  if (id === undefined || name === undefined || type === undefined) return { findings, named: undefined };
  const isWhole = version.deleted || (resource?.resourceType === type && fault === undefined);
  if (!isKnown || !isWhole) return { findings, named: undefined };
  return { findings, named: { rid, type, id, name, ver, upd, ...(resource && { resource }) } };
}

/** Versions that are missing because they were purged are not missing. */
async function besidePurged(session: Session, versions: readonly VersionToVerify[]): Promise<VersionToVerify[]> {
  const missing = versions.flatMap(({ hasBefore, id, ofTy: ty, ver }) =>
    hasBefore || id === undefined ? [] : [{ ty, id, ver: ver - 1 }],
  );
  const purged = await whichPurged(session, missing);
  return versions.map((version) => {
    const { hasBefore, id, ofTy, ver } = version;
    return { ...version, hasBefore: hasBefore || purged.has(`${String(ofTy)} ${String(id)} ${String(ver - 1)}`) };
  });
}

async function currentStep(session: Session, at: Place | undefined, means: VerifyMeans): Promise<StepResult> {
  const isSpread = means.bodies.shards() !== undefined;
  const select = isSpread ? selectCurrentSpread : selectCurrent;
  const read = await select(session, [Number(at?.[0] ?? -1), Number(at?.[1] ?? 0)]);
  const versions = await besidePurged(session, read);
  const findings: Finding[] = [];
  const named: Named[] = [];
  const checked: Checked[] = [];
  for (const version of versions) {
    const seen = examined(version);
    findings.push(...seen.findings);
    if (!version.isKnown)
      findings.push({ kind: 'directory', resource: nameOf(version)!, version: version.ver, detail: 'fhir.identity' });
    if (seen.named === undefined) continue;
    named.push(seen.named);
    const { resource } = seen.named;
    if (resource === undefined) continue;
    checked.push({ ...seen.named, resource, shard: version.shard, ty: version.ty });
    const shard = shardKeyOf(resource, seen.named.id);
    if (shard !== version.shard)
      findings.push({
        kind: 'placement',
        resource: seen.named.name,
        detail: `shard ${String(version.shard)}, not ${String(shard)}`,
      });
  }
  const compared: Compared[] = [await compareIndex(session, checked, means)];
  if (!isSpread)
    compared.push(
      await compareConsents(session, named, means),
      await compareCare(session, named, means),
      await compareLabels(session, named, means, true),
      await compareText(session, checked),
    );
  const last = versions.at(-1);
  const { current: end } = await selectEnds(session);
  return {
    next: last && [last.rid, last.shard],
    share: last === undefined ? 1 : (last.rid + 1) / end,
    resources: versions.length,
    findings: [...findings, ...compared.flatMap((one) => one.findings)],
    unchecked: compared.flatMap((one) => one.unchecked),
  };
}

/** Words of full text, of versions whose content is whole. */
async function compareText(session: Session, checked: readonly Checked[]): Promise<Compared> {
  const names = new Map(checked.map(({ rid, shard, name }) => [`${String(rid)}/${String(shard)}`, name]));
  const wrong = await wrongWordsOf(session, checked);
  return {
    findings: wrong.map(({ rid, shard, isThere }) => ({
      kind: 'text-differs',
      resource: names.get(`${String(rid)}/${String(shard)}`)!,
      detail: isThere ? 'fhir.text' : 'fhir.text: none',
    })),
    unchecked: [],
  };
}

async function beforeStep(session: Session, at: Place | undefined, means: VerifyMeans): Promise<StepResult> {
  const select = means.bodies.shards() === undefined ? selectBefore : selectBeforeSpread;
  const read = await select(session, [Number(at?.[0] ?? -1), Number(at?.[1] ?? 0), Number(at?.[2] ?? 0)]);
  const versions = await besidePurged(session, read);
  const findings: Finding[] = [];
  const named: Named[] = [];
  for (const version of versions) {
    const seen = examined(version);
    findings.push(...seen.findings);
    const { rid, shard, ver } = version;
    if (!version.isKnown) {
      const name = nameOf(version);
      const about = { ...(name !== undefined && { resource: name }), version: ver };
      findings.push({ kind: 'version-stray', ...about, detail: `fhir.history: row ${String(rid)}/${String(shard)}` });
    }
    if (seen.named !== undefined) named.push(seen.named);
  }
  const { findings: labels, unchecked } =
    means.bodies.shards() === undefined
      ? await compareLabels(session, named, means, false)
      : { findings: [], unchecked: [] };
  const last = versions.at(-1);
  const { before: end } = await selectEnds(session);
  return {
    next: last && [last.rid, last.ver, last.shard],
    share: last === undefined ? 1 : (last.rid + 1) / end,
    versions: versions.length,
    findings: [...findings, ...labels],
    unchecked,
  };
}

async function directoryStep(session: Session, at: Place | undefined, { bodies }: VerifyMeans): Promise<StepResult> {
  const select = bodies.shards() === undefined ? selectDirectory : selectDirectorySpread;
  const entries = await select(session, [Number(at?.[0] ?? -1), String(at?.[1] ?? '')]);
  const last = entries.at(-1);
  const { types: end } = await selectEnds(session);
  return {
    next: last && [last.ty, last.id],
    share: last === undefined ? 1 : last.ty / end,
    findings: entries
      .filter(({ isLost }) => isLost)
      .map(({ ty, id }) => ({
        kind: 'lost',
        resource: `${typeName(ty) ?? String(ty)}/${id}`,
        detail: 'fhir.resource',
      })),
  };
}

/** Pages of a table that are read in one step: 1 MiB. */
const pagesAtATime = 128;

const strayKinds: Readonly<Record<MadeTable, FindingKind>> = {
  ...{ search: 'index-stray', tok: 'posting-stray', num: 'posting-stray', date: 'posting-stray', str: 'posting-stray' },
  ...{ text: 'text-stray', consent: 'consent-stray', care_link: 'care-stray', label: 'label-stray' },
};

const ofNodes: StepResult = { next: undefined, share: 1, findings: [], unchecked: ['nodes'] };

/** On several nodes nothing is compared whose rows are placed apart from their resources. */
function onOneNode(step: Pass['step']): Pass['step'] {
  return (session, at, means) =>
    means.bodies.shards() === undefined ? step(session, at, means) : Promise.resolve(ofNodes);
}

const ofIndex: ReadonlySet<MadeTable> = new Set(['search', 'tok', 'num', 'date', 'str']);

function strayStep(table: MadeTable): Pass['step'] {
  return async (session, at, { bodies: { parameters, shards } }) => {
    const isSpread = shards() !== undefined;
    if (isSpread && !ofIndex.has(table)) return ofNodes;
    const { tables } = parameters.stored().active;
    const own = ofIndex.has(table) ? sessionOn(session, tables) : session;
    const from = Number(at?.[0] ?? 0);
    const to = from + pagesAtATime;
    const end = await (isSpread ? pagesSpread : pagesOf)(own, table);
    const found = from < end ? await (isSpread ? straysSpread : straysIn)(own, table, { from, to }) : [];
    const isDone = to >= end;
    return {
      next: isDone ? undefined : [to],
      share: isDone ? 1 : to / end,
      findings: await named(session, table, found),
    };
  };
}

async function named(session: Session, table: MadeTable, found: readonly StrayRows[]): Promise<Finding[]> {
  const known = await namesOf(session, [...new Set(found.map(({ rid }) => rid))]);
  return found.map(({ rid, shard, rows }) => {
    const owners = known.filter((one) => one.rid === rid && (shard === undefined || one.shard === shard));
    const detail = `fhir.${table}: ${String(rows)} of row ${String(rid)}${shard === undefined ? '' : `/${String(shard)}`}`;
    const resource = owners.length === 1 ? nameOf({ ...owners[0]!, ofTy: owners[0]!.ty }) : undefined;
    return { kind: strayKinds[table], ...(resource !== undefined && { resource }), row: rid, detail };
  });
}
