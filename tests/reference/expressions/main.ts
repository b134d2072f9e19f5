/** `npm run reference -- expressions`: FHIRPath made by a grammar, answered by our engine, HL7's and fhirpath.js. */
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { progressOn } from '../../../apps/dhp/src/progress.ts';
import { readArguments, wholeNumber } from '../../../scripts/arguments.ts';
import { whyNoReference } from '../oracle.ts';
import { askFhirpathJs, askHl7, askOurs, type Answer } from './engines.ts';
import { madeExpressions, type Made } from './made.ts';
import { voteOf, type Vote } from './votes.ts';

const command = 'npm run reference -- expressions';
const file = new URL('../recorded/expressions.json.br', import.meta.url);

const help = `Compares our FHIRPath with HL7's engine and fhirpath.js, on expressions that a grammar makes over the published examples.

Usage: ${command} [--seed N] [--count M] [--top T] [--record]

  --seed N   the same seed makes the same expressions; default 1
  --count M  how many; default 2000
  --top T    how many of those are shown on which both others agree against ours, or no two agree; default 30
  --record   keeps the answers of HL7's engine, which npm test compares with; default count then 1000
  --help     this text

The exit code is 1 where both others agree against ours. Without Java and Maven nothing is asked.
`;

/** The answers of HL7 to the expressions of a seed. */
export interface Recorded {
  readonly seed: number;
  readonly entries: readonly { readonly expression: string; readonly hl7?: Answer }[];
}

export function recordedExpressions(): Recorded {
  return JSON.parse(brotliDecompressSync(readFileSync(file)).toString()) as Recorded;
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = readArguments({
    command,
    help,
    args,
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string' },
      top: { type: 'string', default: '30' },
      record: { type: 'boolean', default: false },
    },
  });
  const seed = wholeNumber(command, 'seed', values.seed, 0);
  const count = wholeNumber(command, 'count', values.count ?? (values.record ? '1000' : '2000'), 1);
  const top = wholeNumber(command, 'top', values.top, 0);
  const reason = await whyNoReference();
  if (reason !== undefined) {
    console.log(`skipped: ${reason}`);
    return;
  }
  const { tally, shown, entries } = await compare(seed, count);
  for (const [vote, n] of tally) console.log(`${String(n).padStart(7)}  ${vote}`);
  for (const line of shown.slice(0, top)) console.log(line);
  if (values.record) writeFileSync(file, brotliCompressSync(JSON.stringify({ seed, entries } satisfies Recorded)));
  process.exitCode = tally.has('both against ours') ? 1 : 0;
}

async function compare(seed: number, count: number) {
  const step = progressOn(process.stderr).step(`${String(count)} expressions`);
  const made: Made[] = [...madeExpressions(seed, count)];
  const tally = new Map<Vote, number>();
  const shown: string[] = [];
  const entries: { expression: string; hl7?: Answer }[] = [];
  for await (const hl7 of askHl7(made)) {
    const one = made[entries.length]!;
    entries.push({ expression: one.expression, ...(hl7 && { hl7 }) });
    const [ours, js] = [askOurs(one), askFhirpathJs(one)];
    const vote = voteOf(ours, hl7, js);
    tally.set(vote, (tally.get(vote) ?? 0) + 1);
    if (vote === 'both against ours') shown.unshift(told(vote, one, { ours, hl7, js }));
    else if (vote === 'none') shown.push(told(vote, one, { ours, hl7, js }));
  }
  step.done();
  return { tally, shown, entries };
}

function told(vote: Vote, { resource, expression }: Made, answers: Readonly<Record<string, Answer>>): string {
  const each = Object.entries(answers).map(
    ([name, of]) => `    ${name}: ${of === undefined ? 'refused' : JSON.stringify(of)}`,
  );
  return `${vote}: ${String(resource['resourceType'])}/${String(resource['id'])} ${expression}\n${each.join('\n')}`;
}
