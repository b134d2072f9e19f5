/** Compares the rows for access decisions with the stored resources: rows of consents, care links, labels. */
import { isCareType } from '@dhp/care';
import { typeNumber } from '@dhp/fhir-model';
import { heldRows } from '../care/build-care.ts';
import { careDefinitionOf } from '../care/care-rows.ts';
import { consentDefinition, consentRow } from '../consents/consent-row.ts';
import { labelRow } from '../labels/label-row.ts';
import { ownHash } from '../own-hash.ts';
import { selectBuiltCare, selectCareOf, selectHeld, type HeldRow } from '../statements/care-build.ts';
import { selectConsentsBuilt } from '../statements/consent-build.ts';
import { differingConsents } from '../statements/consents.ts';
import type { Session } from '../statements/session.ts';
import { selectLabelled, selectLabelRows } from '../statements/labels.ts';
import type { Finding, Unchecked } from './finding.ts';
import { ParametersChanged, type Checked, type VerifyMeans } from './means.ts';

/** A version; one without a resource is a deletion. */
export type Named = Pick<Checked, 'rid' | 'type' | 'id' | 'name' | 'ver' | 'upd'> & Partial<Pick<Checked, 'resource'>>;

export interface Compared {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
}

const nothing: Compared = { findings: [], unchecked: [] };

/** @param versions current ones */
export async function compareConsents(
  session: Session,
  versions: readonly Named[],
  { bodies }: VerifyMeans,
): Promise<Compared> {
  const consents = versions.filter(({ type }) => type === 'Consent');
  if (consents.length === 0) return nothing;
  if (!(await selectConsentsBuilt(session, consentDefinition))) return { findings: [], unchecked: ['consents'] };
  const placed = consents.map(({ rid, id, ver, upd, resource }) => ({
    ...{ of: rid, ver },
    row: consentRow(id, resource, upd, bodies),
  }));
  const differing = new Set(await differingConsents(session, placed));
  const found = consents.filter((_, n) => differing.has(placed[n]!.row.own));
  return {
    findings: found.map(({ name, ver }) => ({ kind: 'consent', resource: name, version: ver, detail: 'fhir.consent' })),
    unchecked: [],
  };
}

/** @param versions current ones */
export async function compareCare(
  session: Session,
  versions: readonly Named[],
  { bodies }: VerifyMeans,
): Promise<Compared> {
  const caring = Map.groupBy(
    versions.filter(({ type }) => isCareType(type)),
    ({ type }) => type,
  );
  if (caring.size === 0) return nothing;
  const built = new Map((await selectBuiltCare(session)).map(({ ty, definition }) => [ty, definition]));
  const findings: Finding[] = [];
  let isWhole = true;
  for (const [type, some] of caring) {
    const ty = typeNumber(type)!;
    if ((built.get(ty) ?? 0) < careDefinitionOf(ty)) {
      isWhole = false;
      continue;
    }
    const resources = await selectCareOf(session, { ty, ids: some.map(({ id }) => id) });
    const stored = Map.groupBy(
      await selectHeld(
        session,
        some.map(({ id }) => ownHash(type, id)),
      ),
      ({ own }) => own,
    );
    for (const resource of resources) {
      const expected = heldRows(type, resource, bodies);
      if (textOf(expected) === textOf(stored.get(ownHash(type, resource.id)) ?? [])) continue;
      findings.push({ kind: 'care', resource: `${type}/${resource.id}`, detail: 'fhir.care_link' });
    }
  }
  // While no policy needs links, none are made.
  return { findings, unchecked: isWhole || built.size === 0 ? [] : ['care'] };
}

function textOf(rows: readonly HeldRow[]): string {
  return rows
    .map(({ rid, shard, kind, target, actor, since, until, subject, ver }) =>
      [rid, shard, kind, target, actor, since, until, subject, ver].join(' '),
    )
    .sort()
    .join('\n');
}

/** @param isCurrent whether the versions are current: the members of earlier versions are not compared */
export async function compareLabels(
  session: Session,
  versions: readonly Named[],
  { bodies }: VerifyMeans,
  isCurrent: boolean,
): Promise<Compared> {
  const defined = await selectLabelled(session);
  if (defined === undefined || versions.length === 0) return nothing;
  const labelling = bodies.parameters.labelling();
  if (defined === 'building') return { findings: [], unchecked: ['labels'] };
  if (labelling !== undefined && labelling.number !== defined) throw new ParametersChanged();
  if (labelling === undefined) return nothing;
  const stored = await selectLabelRows(
    session,
    versions.map(({ type, id }) => ownHash(type, id)),
  );
  const findings: Finding[] = [];
  for (const { type, id, name, ver, resource } of versions) {
    const own = ownHash(type, id);
    const expected = labelRow({ type, id, resource }, labelling, bodies.ownBases);
    const found = stored.labels.get(`${own} ${String(ver)}`) ?? [];
    if (!isSame(found, expected?.labels ?? []))
      findings.push({ kind: 'label', resource: name, version: ver, detail: 'fhir.label' });
    if (!isCurrent || expected?.members === undefined) continue;
    const members = stored.members.get(own);
    if (members?.ver !== ver || !isSame(members.members, expected.members))
      findings.push({ kind: 'label', resource: name, version: ver, detail: 'fhir.label_member' });
  }
  return { findings, unchecked: [] };
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return [...some].sort().join('\n') === [...others].sort().join('\n');
}
