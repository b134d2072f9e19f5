import { reasonOf } from './differences.ts';
import { isError, isGrave, match, type Finding, type Pair } from './finding.ts';

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

/** How much agrees when findings of one code at one place count once, and how many verdicts differ on purpose alone. */
export interface Further {
  /** Verdicts that differ by findings that are decided, each with its reason. */
  readonly onPurpose: number;
  readonly reference: number;
  readonly ours: number;
  readonly matched: number;
}

export function furtherOf(pairs: readonly Pair[]): Further {
  let [onPurpose, reference, ours, matched] = [0, 0, 0, 0];
  for (const pair of pairs) {
    if (differsOnPurpose(pair)) onPurpose += 1;
    const [theirs, own] = [placesOf(pair.reference), placesOf(pair.ours)];
    reference += theirs.size;
    ours += own.size;
    matched += [...theirs].filter((place) => own.has(place)).length;
  }
  return { onPurpose, reference, ours, matched };
}

const placesOf = (findings: readonly Finding[]): ReadonlySet<string> =>
  new Set(findings.filter(isGrave).map(({ code, expression }) => `${code} ${expression}`));

/** Whether the verdicts differ and the one who refuses does so for what is decided to differ alone. */
function differsOnPurpose({ reference, ours }: Pair): boolean {
  const refuses = { reference: reference.filter(isError), ours: ours.filter(isError) };
  if (refuses.reference.length > 0 === refuses.ours.length > 0) return false;
  const side = refuses.ours.length > 0 ? 'ours' : 'reference';
  return refuses[side].every(
    ({ severity, id, expression: place }) => !reasonOf({ side, severity, id, place }).startsWith('not yet'),
  );
}

/** The lines of both. */
export function agreementLines(pairs: readonly Pair[]): string[] {
  const { subjects, verdicts, reference, ours, matched } = agreementOf(pairs);
  const further = furtherOf(pairs);
  return [
    `verdicts that agree: ${share(verdicts, subjects)}; of the others ${further.onPurpose} differ on purpose`,
    `findings of the reference that are ours too: ${share(matched, reference)}; of one code and place once: ${share(further.matched, further.reference)}`,
    `findings of ours that the reference has too: ${share(matched, ours)}; of one code and place once: ${share(further.matched, further.ours)}`,
  ];
}

interface Difference {
  count: number;
  /** Of how many verdicts it is the reason, as far as one finding can be. */
  deciding: number;
  where: string;
}

/** The text of the comparison: agreement, and what differs most often, grouped by the message id of the reference or by our finding. */
export function agreement(pairs: readonly Pair[], top: number): string {
  const missing = new Map<string, Difference>();
  const extra = new Map<string, Difference>();
  for (const pair of pairs) {
    const found = match(pair);
    const differs = pair.reference.some(isError) !== pair.ours.some(isError);
    for (const one of found.missing) count(missing, one, pair, differs);
    for (const one of found.extra) count(extra, one, pair, differs);
  }
  return [
    `${pairs.length} resources`,
    ...agreementLines(pairs),
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
