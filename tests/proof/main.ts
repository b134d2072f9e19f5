/** `npm run proof -- NAME`: runs a proof and writes docs/reports/proof-NAME.md. */
import { writeFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { progressOn } from '../../apps/dhp/src/progress.ts';
import { readArguments, refuse } from '../../scripts/arguments.ts';
import { proofs, type Proof, type Proven } from './proof.ts';

const command = 'npm run proof';

const help = `Puts a claim about the platform to the test, with real processes and for longer than npm test does.

Usage: npm run proof -- NAME [--only PART[,PART]] [--set NAME=NUMBER[,…]] [--results FILE] [--report | --no-report]

${proofs
  .map(
    ({ name, claim, takes, parts, settings }) =>
      `  ${name.padEnd(16)} ${claim} Takes ${takes}.${parts ? ` Parts: ${parts.join(', ')}.` : ''}${
        settings
          ? ` Settings: ${Object.entries(settings)
              .map(([key, value]) => `${key}=${value}`)
              .join(', ')}.`
          : ''
      }`,
  )
  .join('\n')}

  --only       runs these parts alone, and writes no report unless it is told to; that names the parts that were not run
  --report     writes the report of some parts, too: to docs/reports/proof-NAME-PART.md
  --set        with other numbers than these; the report tells of them
  --results    keeps there what was found so far, and goes on from what is there; only non-interference can
  --no-report  prints the report only; otherwise it is also written to docs/reports/proof-NAME.md
  --help       this text

The exit code is 0 when the claim holds, and 1 when it does not.
`;

const { values, positionals } = readArguments({
  command,
  help,
  options: {
    'no-report': { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    only: { type: 'string' },
    results: { type: 'string' },
    set: { type: 'string' },
  },
  words: 'NAME',
});

interface Chosen {
  readonly proof: Proof;
  readonly only: readonly string[] | undefined;
  readonly settings: Readonly<Record<string, number>>;
}

function chosen(): Chosen {
  const [name, ...more] = positionals;
  const proof = proofs.find((one) => one.name === name);
  const names = proofs.map((one) => one.name).join(', ');
  if (name === undefined) return refuse(command, `It wants the name of a proof, one of ${names}.`);
  if (proof === undefined || more.length > 0)
    return refuse(command, `There is no proof "${positionals.join(' ')}", but ${names}.`);
  const only = values.only?.split(',');
  const unknown = only?.find((part) => proof.parts?.includes(part) !== true);
  if (unknown !== undefined)
    return refuse(command, `${proof.name} has no part "${unknown}", but ${proof.parts?.join(', ') ?? 'none'}.`);
  if (values.results !== undefined && proof.goesOn !== true)
    return refuse(command, `${proof.name} keeps no results: it begins anew each time.`);
  return { proof, only, settings: { ...proof.settings, ...settingsOf(proof) } };
}

function settingsOf(proof: Proof): Record<string, number> {
  const given = values.set?.split(',') ?? [];
  return Object.fromEntries(
    given.map((each) => {
      const [, key = '', number = ''] = /^(\w+)=(\d+)$/.exec(each) ?? [];
      const known = Object.keys(proof.settings ?? {});
      if (known.includes(key)) return [key, Number(number)];
      return refuse(
        command,
        `${proof.name} has no setting "${each}", but ${known.join(', ') || 'none'}, each with a number.`,
      );
    }),
  );
}

async function main(): Promise<number> {
  const { proof, only, settings } = chosen();
  const proven = await proof.run(progressOn(process.stderr), only, settings, values.results);
  const text = await report(proof, proven, only);
  process.stdout.write(`\n${text}`);
  if (!values['no-report'] && (values.report || only === undefined)) {
    const file = fileURLToPath(new URL(`../../docs/reports/proof-${nameOfReport(proof, only)}.md`, import.meta.url));
    await writeFile(file, text);
    process.stderr.write(`written to ${relative('.', file)}\n`);
  }
  return proven.holds ? 0 : 1;
}

/** Parts that were run alone have a report of their own, so that each part keeps its latest one. */
function nameOfReport({ name, parts = [] }: Proof, only: readonly string[] | undefined): string {
  const isWhole = only === undefined || parts.every((part) => only.includes(part));
  return isWhole ? name : [name, ...only].join('-');
}

function report(
  { name, claim, parts = [] }: Proof,
  { holds, report, versions }: Proven,
  only: readonly string[] | undefined,
): Promise<string> {
  const processors = cpus();
  const machine = `${processors.length} × ${processors[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const left = only === undefined ? [] : parts.filter((part) => !only.includes(part));
  const of = left.length === 0 ? '' : ` of ${only!.join(', ')}`;
  const lines = [
    `# Proof: ${name}`,
    '',
    `Made by \`npm run proof -- ${name}${only === undefined ? '' : ` --only ${only.join(',')}`}\` on ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, on ${machine}, ${type()} ${release()}, Node ${process.version}${versions === undefined ? '' : `, ${versions}`}.`,
    '',
    `Claim: ${claim}`,
    '',
    `**The claim ${holds ? 'holds' : 'does not hold'}${of}.**${left.length === 0 ? '' : ` Not run: ${left.join(', ')}.`}`,
    '',
    report.trim(),
    '',
  ];
  return format(lines.join('\n'), { parser: 'markdown', printWidth: 130, proseWrap: 'preserve' });
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`proof: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
// Work that a failed part has left behind must not keep the process alive.
process.exit();
