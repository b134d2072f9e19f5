/** `npm run reference`: how our findings agree with those of HL7's reference validator. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { wholeNumber } from '../../scripts/arguments.ts';
import { blindCopies } from './blind.ts';
import { corpora, isCorpus, type CorpusName, type Recipe } from './corpora.ts';
import { compareCorpus, isRecorded, measured, recordedOf, writeCorpus, writeLimits, type Entry } from './corpus.ts';
import { askedOf, comparable, corrected, exemptionOf, uncheckedPlaces, type Exemption } from './exempt.ts';
import { hasFailed, isGrave, match, type Finding, type Pair } from './finding.ts';
import { edges } from './edges/index.ts';
import { grown } from './grown/index.ts';
import { messagesIn, readTable, summary, updated, writeTable } from './messages.ts';
import { mutants, nationalMutants, type Subject } from './mutants.ts';
import { oddResources } from './odd/index.ts';
import { placedResources } from './placed/index.ts';
import { ruled } from './ruled/index.ts';
import { drawn } from './drawn/index.ts';
import { stepped } from './drawn/steps.ts';
import { shaped } from './shaped/index.ts';
import { ofTopics } from './topics/index.ts';
import { xmlResources } from './placed/xml.ts';
import { askReference, besideOf, compiled, referenceFolder, whyNoReference, type Beside, type Told } from './oracle.ts';
import { command, type Options } from './options.ts';
import { openOurs } from './ours.ts';
import { toldIn } from './told.ts';
import { agreement } from './report.ts';
import { writeReport } from './agreement-page.ts';

/** As this process was given them. */
let values: Options;

/** Things made by a seed, by the option that asks for it; mutants of the published examples where none does. */
const generators = {
  national: nationalMutants,
  odd: oddResources,
  grown,
  placed: placedResources,
  ruled,
  shaped,
  drawn,
  stepped,
  topics: ofTopics,
  edges,
  xml: xmlResources,
  blind: blindCopies,
  mutants,
} as const;

const generatorAsked = (): keyof typeof generators =>
  (
    [
      'odd',
      'grown',
      'placed',
      'ruled',
      'shaped',
      'drawn',
      'stepped',
      'topics',
      'edges',
      'xml',
      'blind',
      'national',
    ] as const
  ).find((one) => values[one]) ?? 'mutants';

/** A subject with the findings of the reference, as `--out` keeps it. */
type Asked = Subject & { readonly reference: readonly Told[] };

/** Compares, records or writes, as the options say. */
export async function main(given: Options): Promise<void> {
  values = given;
  if (values.page) return writeReport();
  const corpus = corpusAsked();
  if (corpus !== undefined && !values.record) return compareRecorded(corpus);
  const reason = values.from === undefined || values.messages ? await whyNoReference() : undefined;
  if (reason !== undefined) {
    console.log(`skipped: ${reason}`);
    return;
  }
  if (values.messages) return updateMessages();
  if (corpus !== undefined) return record(corpus);
  await compareMutants();
}

function corpusAsked(): CorpusName | undefined {
  const name = values.corpus;
  if (name === undefined || isCorpus(name)) return name;
  console.error(`${command}: there is no corpus ${name}; there are ${Object.keys(corpora).join(', ')}`);
  process.exit(2);
}

async function compareMutants(): Promise<void> {
  const named = values.national ? 'national' : values.grown ? 'grown' : values.shaped ? 'shaped' : 'nothing';
  const { seed, count } = recipe();
  const subjects = values.from === undefined ? [...generators[generatorAsked()](seed, count)] : [...kept(values.from)];
  const beside = besideOf(named, subjects);
  const ours = await openOurs(beside);
  const pairs: Pair[] = [];
  if (values.out !== undefined) writeFileSync(values.out, '');
  const exempted = new Map<Exemption, number>();
  for await (const one of values.from === undefined ? asking(subjects, beside) : (subjects as Asked[])) {
    const { kind, file, text, reference } = one;
    const wanted = wantedOf(reference, text);
    if (hasFailed(wanted)) continue;
    pairs.push({ kind, file, reference: wanted, ours: comparable(ours(text), wanted) });
    for (const finding of reference) if (isGrave(finding)) countExemption(exempted, exemptionOf(finding));
    if (values.out !== undefined)
      appendFileSync(values.out, `${JSON.stringify({ ...one, ours: pairs.at(-1)!.ours })}\n`);
  }
  for (const [{ reason: why }, count] of exempted) console.log(`not asked: ${count} findings of the reference: ${why}`);
  console.log(agreement(pairs, top()));
}

/** Compares with a recorded corpus. */
async function compareRecorded(name: CorpusName): Promise<void> {
  const pairs = await compareCorpus(name);
  if (values.limits) writeLimits(name, measured(pairs));
  console.log(agreement(pairs, top()));
}

/** Records the findings of the reference about a corpus. */
async function record(name: CorpusName): Promise<void> {
  const { skip, subjects, beside: named } = corpora[name];
  if (skip !== false) {
    console.log(`skipped: ${skip}`);
    return;
  }
  const known = values.more ? recordedOf(name) : () => undefined;
  const all: readonly Subject[] = [...subjects(recipe())];
  const beside = besideOf(named, all);
  const asked: Entry[] = [];
  if (values.out !== undefined) writeFileSync(values.out, '');
  const unknown = all.filter((one) => known(one) === undefined);
  for await (const one of values.from === undefined ? asking(unknown, beside) : kept(values.from)) {
    asked.push({ subject: one, reference: wantedOf(one.reference, one.text) });
    if (values.out !== undefined) appendFileSync(values.out, `${JSON.stringify(one)}\n`);
  }
  const entries = values.more
    ? all.map((subject) => ({ subject, reference: known(subject) ?? asked.shift()!.reference }))
    : asked;
  writeCorpus(name, recipe(), entries);
}

/** Brings the table of messages up to date. */
async function updateMessages(): Promise<void> {
  const agreeing = new Map<string, Set<string>>();
  const count = (pair: Pick<Pair, 'reference' | 'ours'>): void => {
    for (const [reference, ours] of match(pair).matched)
      agreeing.set(reference.id, (agreeing.get(reference.id) ?? new Set()).add(ours.id.split(' ')[0]!));
  };
  for (const pair of values.from === undefined ? [] : (kept(values.from) as Generator<Asked & Pair>)) count(pair);
  for (const name of Object.keys(corpora) as CorpusName[]) {
    if (!isRecorded(name) || corpora[name].skip !== false) continue;
    for (const pair of await compareCorpus(name)) count(pair);
  }
  const classPath = await compiled();
  const rows = updated(readTable(), {
    ...{ messages: messagesIn(classPath), told: toldIn(referenceFolder) },
    agreeing,
  });
  writeTable(rows);
  console.log(summary(rows));
}

/** Findings of the reference that are asked of us, each at the place that it is about, and the codes that it could not check. */
function wantedOf(reference: readonly Told[], text: string): Finding[] {
  return [...askedOf(reference).map((one) => corrected(one, text)), ...uncheckedPlaces(reference)];
}

async function* asking(all: Iterable<Subject>, beside: Beside): AsyncGenerator<Asked> {
  const subjects = [...all];
  let at = 0;
  for await (const reference of askReference(subjects, beside)) yield { ...subjects[at++]!, reference };
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

const recipe = (): Recipe => ({
  seed: wholeNumber(command, 'seed', values.seed, 1),
  count: wholeNumber(command, 'count', values.count, 500),
  every: wholeNumber(command, 'every', values.every, 1),
});

const top = (): number => wholeNumber(command, 'top', values.top, 30);
