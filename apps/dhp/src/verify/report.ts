/** The findings of a verification, for people and for programs. */
import { isRepairable, type Finding, type FindingKind, type VerifyState } from '@dhp/fhir-store/findings';
import type { PurgesReport } from '@dhp/fhir-store/retention';
import type { TrailReport } from '@dhp/trail';
import { grouped, spokenLanguage } from '../locale.ts';
import { verifyMessages, type VerifyMessages } from '../texts/verify.ts';
import type { KeyReport } from './keys.ts';
import type { TreeReport } from './trees.ts';

/** The part about the database itself, whatever it contains. */
export interface DatabaseReport {
  readonly trees: TreeReport;
  readonly keys: KeyReport;
}

export interface Report extends DatabaseReport {
  readonly state: VerifyState;
  readonly purges: PurgesReport;
  /** Undefined if the environment keeps no trail of requests. */
  readonly trail: Pick<TrailReport, 'whole' | 'records'> | undefined;
}

/** Exit codes: 0 no findings; 1 findings; 3 no findings, but not everything was compared. */
export function exitCodeOf({ state, purges, trail, ...rest }: Report): 0 | 1 | 3 {
  const isSound = !isBroken(rest) && purges.broken.length === 0 && trail?.whole !== false;
  const isFound = Object.keys(state.counts).length > 0 || !isSound;
  if (isFound) return 1;
  return state.unchecked.length > 0 ? 3 : 0;
}

export function isBroken({ trees, keys }: DatabaseReport): boolean {
  return trees.broken.length + trees.brokenTables.length + keys.broken.length > 0;
}

const said = (): VerifyMessages => verifyMessages[spokenLanguage()];

/** For a program: sentences are in English. */
export function reportAsJson({ state, purges, trail, ...rest }: Report): object {
  const { kinds, cures } = verifyMessages.en;
  const { resources, versions, counts, unchecked, findings } = state;
  return {
    ...{ resources, versions, counts, unchecked },
    findings: findings.map((finding) => ({
      ...finding,
      found: kinds[finding.kind],
      cure: isRepairable(finding) ? cures.made : cures.stored,
    })),
    ...databaseAsJson(rest),
    purges,
    ...(trail && { trail: { whole: trail.whole, records: trail.records } }),
  };
}

export function databaseAsJson({ trees, keys }: DatabaseReport): object {
  const { cures } = verifyMessages.en;
  const { tables, brokenTables, broken, ...rest } = trees;
  return {
    indexes: { ...rest, broken: broken.map((one) => ({ ...one, cure: cures.trees(one) })) },
    tables: { count: tables, broken: brokenTables.map((one) => ({ ...one, cure: cures.stored })) },
    keys: { ...keys, broken: keys.broken.map((one) => ({ ...one, cure: cures.stored })) },
  };
}

/** Findings of one kind that are shown. */
const mostShown = 10;

/** For a person. */
export function reportText({ state, purges, trail, ...rest }: Report): string {
  const { resources, versions, counts, findings, unchecked } = state;
  const looked = { resources: grouped(resources), versions: grouped(versions) };
  const count = Object.values(counts).reduce((sum, one) => sum + one, 0);
  const lines = [count === 0 ? said().whole(looked) : said().found({ ...looked, count })];
  for (const [kind, some] of Map.groupBy(findings, (finding) => finding.kind))
    lines.push(...ofKind(kind, some, counts[kind] ?? some.length));
  lines.push(...unchecked.map((one) => said().unchecked[one]), ...databaseLines(rest), ...ofPurges(purges));
  if (trail !== undefined)
    lines.push(trail.whole ? said().trail.whole({ records: grouped(trail.records) }) : said().trail.broken);
  return `${lines.join('\n')}\n`;
}

/** Empty if nothing was ever purged. */
function ofPurges({ runs, versions, broken }: PurgesReport): string[] {
  const { purges, cures } = said();
  if (broken.length > 0) return broken.flatMap((one) => [purges.broken(one), `    → ${cures.stored}`]);
  return runs === 0 ? [] : [purges.whole({ runs, versions: grouped(versions) })];
}

function ofKind(kind: FindingKind, some: readonly Finding[], count: number): string[] {
  const { kinds, cures, more } = said();
  const shown = some.slice(0, mostShown);
  return [
    `  ${kind} (${grouped(count)}): ${kinds[kind]}`,
    ...shown.map((finding) => `    ${nameOf(finding)}${finding.detail}`),
    ...(count > shown.length ? [`    ${more({ count: grouped(count - shown.length) })}`] : []),
    `    → ${isRepairable(some[0]!) ? cures.made : cures.stored}`,
  ];
}

function nameOf({ resource, version }: Finding): string {
  if (resource === undefined) return '';
  return `${resource}${version === undefined ? '' : `/_history/${String(version)}`}: `;
}

export function databaseLines({ trees, keys }: DatabaseReport): string[] {
  return [...ofTrees(trees), ...ofKeys(keys)];
}

function ofTrees({ state, count, broken, tables, brokenTables }: TreeReport): string[] {
  const { trees, cures, tables: saidOfTables } = said();
  if (state !== 'checked') return [trees[state]];
  const [indexes, rows] = [
    broken.flatMap((one) => [trees.broken(one), `    → ${cures.trees(one)}`]),
    brokenTables.flatMap((one) => [saidOfTables.broken(one), `    → ${cures.stored}`]),
  ];
  return [
    ...(indexes.length > 0 ? indexes : [trees.sound({ count: grouped(count) })]),
    ...(rows.length > 0 ? rows : [saidOfTables.sound({ count: grouped(tables) })]),
  ];
}

function ofKeys({ count, broken }: KeyReport): string[] {
  const { keys, cures } = said();
  if (broken.length === 0) return [keys.sound({ count: grouped(count) })];
  return broken.flatMap((one) => [keys.broken({ ...one, rows: grouped(one.rows) }), `    → ${cures.stored}`]);
}
