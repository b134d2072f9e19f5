/** Findings of the reference validator on a fixed corpus, recorded without their texts, so that they are compared where there is no Java. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { comparable } from './exempt.ts';
import { match, type Finding, type Pair } from './finding.ts';
import { mutants, publishedExamples, type Subject } from './mutants.ts';
import type { Ours } from './ours.ts';
import { agreementOf } from './report.ts';

const file = new URL('./corpus.json.br', import.meta.url);
const limitsFile = new URL('./limits.json', import.meta.url);

/** How the subjects are made: mutants of a seed, and every so-manieth published example as it is. */
export interface Recipe {
  readonly seed: number;
  readonly count: number;
  readonly every: number;
}

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

/** The subjects of a recipe, always the same ones for one version of the generator and the published examples. */
export function* subjectsOf({ seed, count, every }: Recipe): Generator<Subject> {
  yield* mutants(seed, count);
  yield* publishedExamples(every);
}

const digestOf = ({ text }: Subject): string => createHash('sha256').update(text).digest('base64url').slice(0, 8);

/** Writes a corpus: the findings that are asked of us, without texts. */
export function writeCorpus(recipe: Recipe, entries: readonly Entry[]): void {
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
  writeFileSync(file, brotliCompressSync(JSON.stringify(recorded)));
}

/**
 * Reads the corpus and makes its subjects anew.
 * @throws Error when the generator makes other subjects than were recorded
 */
export function readCorpus(): readonly Entry[] {
  const { entries, words, ...recipe } = JSON.parse(brotliDecompressSync(readFileSync(file)).toString()) as Recorded;
  const subjects = [...subjectsOf(recipe)];
  return entries.map(({ digest, findings }, i) => {
    const subject = subjects[i];
    if (subject === undefined || digestOf(subject) !== digest)
      throw new Error(
        `Subject ${i} is not the one that was recorded: npm run reference -- --record writes the corpus anew`,
      );
    const reference = findings.map((one): Finding => {
      const [severity, code, expression, id] = one.map((index) => words[index]!) as [string, string, string, string];
      return { severity, code, expression, id };
    });
    return { subject, reference };
  });
}

/** The corpus with our findings. */
export function compareCorpus(ours: Ours): Pair[] {
  return readCorpus().map(({ subject: { kind, file: example, text }, reference }) => ({
    ...{ kind, file: example, reference },
    ours: comparable(ours(text), reference),
  }));
}

/** Bounds that the agreement on the corpus must keep. */
export interface Limits {
  readonly verdicts: number;
  readonly matched: number;
  /** Findings of ours that the reference has not, at most. */
  readonly extra: number;
}

export function measured(pairs: readonly Pair[]): Limits {
  const { verdicts, matched } = agreementOf(pairs);
  return { verdicts, matched, extra: pairs.reduce((sum, pair) => sum + match(pair).extra.length, 0) };
}

export const readLimits = (): Limits => JSON.parse(readFileSync(limitsFile, 'utf8')) as Limits;

export function writeLimits(limits: Limits): void {
  writeFileSync(limitsFile, `${JSON.stringify(limits, undefined, 2)}\n`);
}
