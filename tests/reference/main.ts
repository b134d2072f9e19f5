/** `npm run reference`: how our findings agree with those of HL7's reference validator on mutants that a seed makes. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { readArguments, wholeNumber } from '../../scripts/arguments.ts';
import { compareCorpus, measured, subjectsOf, writeCorpus, writeLimits, type Entry } from './corpus.ts';
import { comparable, corrected, exemptionOf, uncheckedPlaces, type Exemption } from './exempt.ts';
import { isGrave, match, type Finding, type Pair } from './finding.ts';
import { messagesIn, readTable, summary, updated, writeTable } from './messages.ts';
import { mutants, nationalMutants, publishedExamples, type Subject } from './mutants.ts';
import { askReference, compiled, whyNoReference, type Told } from './oracle.ts';
import { openOurs } from './ours.ts';
import { agreement } from './report.ts';

const command = 'npm run reference';

const help = `Compares our findings with those of HL7's reference validator (6.10.4), which Maven resolves and Java runs, offline.

Usage: npm run reference -- [--seed N] [--count M] [OPTIONS]
       npm run reference -- terminology [OPTIONS]   HL7's terminology test runner; see its --help

  --seed N       the same seed makes the same mutants; default 1
  --count M      how many mutants; default 500
  --national     mutants of the examples of the national package, with its profiles
  --examples E   every Eth published example as it is, instead of mutants
  --top T        how many differences are shown; default 30
  --out FILE     writes the resources with the findings of both, one JSON object a line
  --record       writes the corpus that npm test compares with, of --seed, --count and every Eth published example (--examples);
                 with --from, of the mutants of --seed that stand in that file
  --corpus       compares with that corpus alone, without Java
  --limits       the same, and writes its agreement as what npm test asks for from now on
  --messages     brings the table of messages up to date; with --from, by the findings that agree there
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
    messages: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    corpus: { type: 'boolean', default: false },
    limits: { type: 'boolean', default: false },
  },
});

/** A subject with the findings of the reference, as `--out` keeps it. */
type Asked = Subject & { readonly reference: readonly Told[] };

async function main(): Promise<void> {
  if (values.corpus || values.limits) return compareRecorded();
  const reason = values.from === undefined || values.messages ? await whyNoReference() : undefined;
  if (reason !== undefined) {
    console.log(`skipped: ${reason}`);
    return;
  }
  if (values.messages) return updateMessages();
  if (values.record) return record();
  const ours = await openOurs(values.national);
  const pairs: Pair[] = [];
  if (values.out !== undefined) writeFileSync(values.out, '');
  const exempted = new Map<Exemption, number>();
  for await (const one of values.from === undefined ? asking() : kept(values.from)) {
    const { kind, file, text, reference } = one;
    const wanted = wantedOf(reference, text);
    pairs.push({ kind, file, reference: wanted, ours: comparable(ours(text), wanted) });
    for (const finding of reference) if (isGrave(finding)) countExemption(exempted, exemptionOf(finding));
    if (values.out !== undefined)
      appendFileSync(values.out, `${JSON.stringify({ ...one, ours: pairs.at(-1)!.ours })}\n`);
  }
  for (const [{ reason: why }, count] of exempted) console.log(`not asked: ${count} findings of the reference: ${why}`);
  console.log(agreement(pairs, wholeNumber(command, 'top', values.top, 30)));
}

/** Compares with the recorded corpus. */
async function compareRecorded(): Promise<void> {
  const pairs = compareCorpus(await openOurs(false));
  if (values.limits) writeLimits(measured(pairs));
  console.log(agreement(pairs, wholeNumber(command, 'top', values.top, 30)));
}

/** Brings the table of messages up to date. */
async function updateMessages(): Promise<void> {
  const agreeing = new Map<string, Set<string>>();
  for (const pair of values.from === undefined ? [] : (kept(values.from) as Generator<Asked & Pair>)) {
    for (const [reference, ours] of match(pair).matched)
      agreeing.set(reference.id, (agreeing.get(reference.id) ?? new Set()).add(ours.id.split(' ')[0]!));
  }
  const rows = updated(readTable(), messagesIn(await compiled()), agreeing);
  writeTable(rows);
  console.log(summary(rows));
}

/** Writes the corpus anew. */
async function record(): Promise<void> {
  const recipe = {
    seed: wholeNumber(command, 'seed', values.seed, 1),
    count: wholeNumber(command, 'count', values.count, 500),
    every: wholeNumber(command, 'examples', values.examples, 20),
  };
  const entries: Entry[] = [];
  if (values.from !== undefined) {
    for (const subject of kept(values.from))
      entries.push({ subject, reference: wantedOf(subject.reference, subject.text) });
    writeCorpus({ ...recipe, count: entries.length, every: 0 }, entries);
    return;
  }
  const subjects = [...subjectsOf(recipe)];
  for await (const reference of askReference(subjects, false))
    entries.push({
      subject: subjects[entries.length]!,
      reference: wantedOf(reference, subjects[entries.length]!.text),
    });
  writeCorpus(recipe, entries);
}

/** Findings of the reference that are asked of us, each at the place that it is about, and the codes that it could not check. */
function wantedOf(reference: readonly Told[], text: string): Finding[] {
  const asked = reference.filter((one) => exemptionOf(one) === undefined).map((one) => corrected(one, text));
  return [...asked, ...uncheckedPlaces(reference)];
}

async function* asking(): AsyncGenerator<Asked> {
  const seed = wholeNumber(command, 'seed', values.seed, 1);
  const count = wholeNumber(command, 'count', values.count, 500);
  const subjects = [...asked(seed, count)];
  let at = 0;
  for await (const reference of askReference(subjects, values.national)) yield { ...subjects[at++]!, reference };
}

function* kept(file: string): Generator<Asked> {
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const asked = JSON.parse(line) as Asked;
    // Some messages have no id.
    yield {
      ...asked,
      reference: asked.reference.map((told) => ({ ...told, id: (told.id as string | undefined) ?? '' })),
    };
  }
}

function countExemption(counts: Map<Exemption, number>, exemption: Exemption | undefined): void {
  if (exemption !== undefined) counts.set(exemption, (counts.get(exemption) ?? 0) + 1);
}

function asked(seed: number, count: number): Iterable<Subject> {
  if (values.examples !== undefined) return publishedExamples(wholeNumber(command, 'examples', values.examples, 1));
  return values.national ? nationalMutants(seed, count) : mutants(seed, count);
}

await main();
