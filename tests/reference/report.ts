import { isError, match, type Finding, type Pair } from './finding.ts';

/** How much agrees, in counts. */
export interface Agreement {
  readonly subjects: number;
  /** Both find it valid, or both do not. */
  readonly verdicts: number;
  readonly reference: number;
  readonly ours: number;
  /** Findings of one code and place. */
  readonly matched: number;
}

export function agreementOf(pairs: readonly Pair[]): Agreement {
  let [verdicts, reference, ours, matchedCount] = [0, 0, 0, 0];
  for (const pair of pairs) {
    const { matched, missing, extra } = match(pair);
    if (pair.reference.some(isError) === pair.ours.some(isError)) verdicts += 1;
    matchedCount += matched.length;
    reference += matched.length + missing.length;
    ours += matched.length + extra.length;
  }
  return { subjects: pairs.length, verdicts, reference, ours, matched: matchedCount };
}

interface Difference {
  count: number;
  /** Of how many verdicts it is the reason, as far as one finding can be. */
  deciding: number;
  where: string;
}

/** The text of the comparison: agreement, and what differs most often, grouped by the message id of the reference or by our finding. */
export function agreement(pairs: readonly Pair[], top: number): string {
  const { subjects, verdicts, reference, ours, matched } = agreementOf(pairs);
  const missing = new Map<string, Difference>();
  const extra = new Map<string, Difference>();
  for (const pair of pairs) {
    const found = match(pair);
    const differs = pair.reference.some(isError) !== pair.ours.some(isError);
    for (const one of found.missing) count(missing, one, pair, differs);
    for (const one of found.extra) count(extra, one, pair, differs);
  }
  return [
    `${subjects} resources`,
    `verdicts that agree: ${share(verdicts, subjects)}`,
    `findings of the reference that are ours too (code and place): ${share(matched, reference)}`,
    `findings of ours that the reference has too: ${share(matched, ours)}`,
    '',
    'findings of the reference that are not ours (times, of these where the verdict differs, id, first place)',
    ...rows(missing, top),
    '',
    'findings of ours that the reference has not',
    ...rows(extra, top),
  ].join('\n');
}

function count(all: Map<string, Difference>, finding: Finding, pair: Pair, differs: boolean): void {
  const key = `${finding.severity} ${finding.code} ${finding.id}`;
  const one = all.get(key) ?? { count: 0, deciding: 0, where: `${pair.file} (${pair.kind}) ${finding.expression}` };
  one.count += 1;
  if (differs && isError(finding)) one.deciding += 1;
  all.set(key, one);
}

function rows(all: ReadonlyMap<string, Difference>, top: number): string[] {
  return [...all]
    .sort(([, a], [, b]) => b.count - a.count)
    .slice(0, top)
    .map(([key, one]) => `${String(one.count).padStart(5)} ${String(one.deciding).padStart(4)}  ${key}  ${one.where}`);
}

const share = (part: number, whole: number): string =>
  `${part} of ${whole} (${whole === 0 ? '100.0' : ((part / whole) * 100).toFixed(1)} %)`;
