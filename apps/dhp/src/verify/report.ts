/** The findings of a verification, for people and for programs. */
import { isRepairable, type Finding, type FindingKind, type VerifyState } from '@dhp/fhir-store/findings';
import type { TrailReport } from '@dhp/trail';
import { grouped, spokenLanguage } from '../locale.ts';
import { verifyMessages, type VerifyMessages } from '../texts/verify.ts';
import type { TreeReport } from './trees.ts';

export interface Report {
  readonly state: VerifyState;
  readonly trees: TreeReport;
  /** Undefined where the environment keeps no trail of requests. */
  readonly trail: Pick<TrailReport, 'whole' | 'records'> | undefined;
}

/** Exit codes: nothing was found; something was; nothing was, and not all was compared. */
export function exitCodeOf({ state, trees, trail }: Report): 0 | 1 | 3 {
  const isFound = Object.keys(state.counts).length > 0 || trees.broken.length > 0 || trail?.whole === false;
  if (isFound) return 1;
  return state.unchecked.length > 0 ? 3 : 0;
}

const said = (): VerifyMessages => verifyMessages[spokenLanguage()];

/** For a program: sentences are in English. */
export function reportAsJson({ state, trees, trail }: Report): object {
  const { kinds, cures } = verifyMessages.en;
  const { resources, versions, counts, unchecked, findings } = state;
  return {
    ...{ resources, versions, counts, unchecked },
    findings: findings.map((finding) => ({
      ...finding,
      found: kinds[finding.kind],
      cure: isRepairable(finding) ? cures.made : cures.stored,
    })),
    indexes: { ...trees, broken: trees.broken.map((one) => ({ ...one, cure: cures.trees(one) })) },
    ...(trail && { trail: { whole: trail.whole, records: trail.records } }),
  };
}

/** Findings of one kind that are shown. */
const mostShown = 10;

/** For a person. */
export function reportText({ state, trees, trail }: Report): string {
  const { resources, versions, counts, findings, unchecked } = state;
  const looked = { resources: grouped(resources), versions: grouped(versions) };
  const count = Object.values(counts).reduce((sum, one) => sum + one, 0);
  const lines = [count === 0 ? said().whole(looked) : said().found({ ...looked, count })];
  for (const [kind, some] of Map.groupBy(findings, (finding) => finding.kind))
    lines.push(...ofKind(kind, some, counts[kind] ?? some.length));
  lines.push(...unchecked.map((one) => said().unchecked[one]), ...ofTrees(trees));
  if (trail !== undefined)
    lines.push(trail.whole ? said().trail.whole({ records: grouped(trail.records) }) : said().trail.broken);
  return `${lines.join('\n')}\n`;
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

function ofTrees({ state, count, broken }: TreeReport): string[] {
  const { trees, cures } = said();
  if (state !== 'checked') return [trees[state]];
  if (broken.length === 0) return [trees.sound({ count: grouped(count) })];
  return broken.flatMap((one) => [trees.broken(one), `    → ${cures.trees(one)}`]);
}
