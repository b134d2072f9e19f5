/** `npm run reference`: how our findings agree with those of HL7's reference validator on mutants that a seed makes. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { readArguments, wholeNumber } from '../../scripts/arguments.ts';
import { exemptionOf, type Exemption } from './exempt.ts';
import { isGrave, type Pair } from './finding.ts';
import { mutants, nationalMutants, publishedExamples, type Subject } from './mutants.ts';
import { askReference, whyNoReference, type Told } from './oracle.ts';
import { openOurs } from './ours.ts';
import { agreement } from './report.ts';

const command = 'npm run reference';

const help = `Compares our findings with those of HL7's reference validator (6.10.4), which Maven resolves and Java runs, offline.

Usage: npm run reference -- [--seed N] [--count M] [OPTIONS]

  --seed N       the same seed makes the same mutants; default 1
  --count M      how many mutants; default 500
  --national     mutants of the examples of the national package, with its profiles
  --examples E   every Eth published example as it is, instead of mutants
  --top T        how many differences are shown; default 30
  --out FILE     writes the resources with the findings of both, one JSON object a line
  --from FILE    takes resources and findings of the reference from such a file, and runs our validator alone
  --help         this text

Errors and warnings are compared, by code and expression. Without Java and Maven nothing is run.
`;

const { values } = readArguments({
  command,
  help,
  options: {
    seed: { type: 'string' },
    count: { type: 'string' },
    national: { type: 'boolean', default: false },
    examples: { type: 'string' },
    top: { type: 'string' },
    out: { type: 'string' },
    from: { type: 'string' },
  },
});

/** A subject with the findings of the reference, as `--out` keeps it. */
type Asked = Subject & { readonly reference: readonly Told[] };

async function main(): Promise<void> {
  const reason = values.from === undefined ? await whyNoReference() : undefined;
  if (reason !== undefined) {
    console.log(`skipped: ${reason}`);
    return;
  }
  const ours = await openOurs(values.national);
  const pairs: Pair[] = [];
  if (values.out !== undefined) writeFileSync(values.out, '');
  const exempted = new Map<Exemption, number>();
  for await (const one of values.from === undefined ? asking() : kept(values.from)) {
    const { kind, file, text, reference } = one;
    const asked = reference.filter((finding) => exemptionOf(finding) === undefined);
    pairs.push({ kind, file, reference: asked, ours: ours(text) });
    for (const finding of reference) if (isGrave(finding)) countExemption(exempted, exemptionOf(finding));
    if (values.out !== undefined)
      appendFileSync(values.out, `${JSON.stringify({ ...one, ours: pairs.at(-1)!.ours })}\n`);
  }
  for (const [{ reason: why }, count] of exempted) console.log(`not asked: ${count} findings of the reference: ${why}`);
  console.log(agreement(pairs, wholeNumber(command, 'top', values.top, 30)));
}

async function* asking(): AsyncGenerator<Asked> {
  const seed = wholeNumber(command, 'seed', values.seed, 1);
  const count = wholeNumber(command, 'count', values.count, 500);
  const subjects = [...subjectsOf(seed, count)];
  let at = 0;
  for await (const reference of askReference(subjects, values.national)) yield { ...subjects[at++]!, reference };
}

function* kept(file: string): Generator<Asked> {
  for (const line of readFileSync(file, 'utf8').split('\n')) if (line !== '') yield JSON.parse(line) as Asked;
}

function countExemption(counts: Map<Exemption, number>, exemption: Exemption | undefined): void {
  if (exemption !== undefined) counts.set(exemption, (counts.get(exemption) ?? 0) + 1);
}

function subjectsOf(seed: number, count: number): Iterable<Subject> {
  if (values.examples !== undefined) return publishedExamples(wholeNumber(command, 'examples', values.examples, 1));
  return values.national ? nationalMutants(seed, count) : mutants(seed, count);
}

await main();
