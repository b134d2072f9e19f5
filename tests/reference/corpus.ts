/** Findings of the reference validator, recorded without their texts, so that they are compared where there is no Java. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { corpora, type CorpusName, type Recipe } from './corpora.ts';
import { comparable } from './exempt.ts';
import { hasFailed, match, type Finding, type Pair } from './finding.ts';
import type { Subject } from './mutants.ts';
import { besideOf } from './oracle.ts';
import { openOurs } from './ours.ts';
import { agreementOf } from './report.ts';

const folder = new URL('./recorded/', import.meta.url);
const fileOf = (name: CorpusName): URL => new URL(`${name}.json.br`, folder);
const limitsFile = new URL('./limits.json', import.meta.url);

/** A recorded corpus. Findings are `[severity, code, expression, id]`, as indexes into `words`. */
interface Recorded extends Recipe {
  readonly words: readonly string[];
  readonly entries: readonly { readonly digest: string; readonly findings: readonly (readonly number[])[] }[];
}

/** A subject with what was recorded of it. */
export interface Entry {
  readonly subject: Subject;
  readonly reference: readonly Finding[];
}

const digestOf = ({ text }: Subject): string => createHash('sha256').update(text).digest('base64url').slice(0, 8);

export const isRecorded = (name: CorpusName): boolean => existsSync(fileOf(name));

/** Writes a corpus: the findings that are asked of us, without texts. */
export function writeCorpus(name: CorpusName, recipe: Recipe, entries: readonly Entry[]): void {
  const words: string[] = [];
  const indexes = new Map<string, number>();
  const indexOf = (word: string): number => {
    let index = indexes.get(word);
    if (index === undefined) indexes.set(word, (index = words.push(word) - 1));
    return index;
  };
  const recorded: Recorded = {
    ...recipe,
    entries: entries.map(({ subject, reference }) => ({
      digest: digestOf(subject),
      findings: reference.map(({ severity, code, expression, id }) => [severity, code, expression, id].map(indexOf)),
    })),
    words,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(name), brotliCompressSync(JSON.stringify(recorded)));
}

/**
 * Reads a corpus and makes its subjects again.
 * @throws Error when other subjects are made than were recorded
 */
export function readCorpus(name: CorpusName): readonly Entry[] {
  const recorded = read(name);
  const { entries, words: _words, ...recipe } = recorded;
  const subjects = [...corpora[name].subjects(recipe)];
  return entries.map((entry, i) => {
    const subject = subjects[i];
    if (subject === undefined || digestOf(subject) !== entry.digest)
      throw new Error(
        `Subject ${i} of ${name} is not the one that was recorded: npm run reference -- --corpus ${name} --record records it anew`,
      );
    return { subject, reference: findingsOf(entry, recorded) };
  });
}

/** Findings that were recorded of a subject, wherever it is in its corpus now; undefined if it is new. */
export function recordedOf(name: CorpusName): (subject: Subject) => readonly Finding[] | undefined {
  const recorded = read(name);
  const byDigest = new Map(recorded.entries.map((entry) => [entry.digest, entry]));
  return (subject) => {
    const entry = byDigest.get(digestOf(subject));
    return entry && findingsOf(entry, recorded);
  };
}

const read = (name: CorpusName): Recorded =>
  JSON.parse(brotliDecompressSync(readFileSync(fileOf(name))).toString()) as Recorded;

const findingsOf = ({ findings }: Recorded['entries'][number], { words }: Recorded): Finding[] =>
  findings.map((one) => {
    const [severity, code, expression, id] = one.map((index) => words[index]!) as [string, string, string, string];
    return { severity, code, expression, id };
  });

/** The corpus with our findings. */
export async function compareCorpus(name: CorpusName): Promise<Pair[]> {
  const entries = readCorpus(name);
  const subjects = entries.map(({ subject }) => subject);
  const ours = await openOurs(besideOf(corpora[name].beside, subjects));
  return entries
    .filter(({ reference }) => !hasFailed(reference))
    .map(({ subject: { kind, file: example, text }, reference }) => ({
      ...{ kind, file: example, reference },
      ours: comparable(ours(text), reference),
    }));
}

/** Bounds that the agreement on the corpus must keep. */
export interface Limits {
  readonly subjects: number;
  readonly verdicts: number;
  readonly matched: number;
  /** Findings of ours that the reference has not, at most. */
  readonly extra: number;
}

export function measured(pairs: readonly Pair[]): Limits {
  const { verdicts, matched } = agreementOf(pairs);
  const extra = pairs.reduce((sum, pair) => sum + match(pair).extra.length, 0);
  return { subjects: pairs.length, verdicts, matched, extra };
}

export const readLimits = (): Readonly<Record<CorpusName, Limits>> =>
  JSON.parse(readFileSync(limitsFile, 'utf8')) as Record<CorpusName, Limits>;

export function writeLimits(name: CorpusName, limits: Limits): void {
  writeFileSync(limitsFile, `${JSON.stringify({ ...readLimits(), [name]: limits }, undefined, 2)}\n`);
}
