/** `npm run proof -- NAME`: runs a proof and writes docs/reports/proof-NAME.md. */
import { writeFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { progressOn } from '../../apps/dhp/src/progress.ts';
import { proofs, type Proof, type Proven } from './proof.ts';

const help = `Puts a claim about the platform to the test, with real processes and for longer than npm test does.

Usage: npm run proof -- NAME [--only PART[,PART]] [--no-report]

${proofs.map(({ name, claim, takes, parts }) => `  ${name.padEnd(12)} ${claim} Takes ${takes}.${parts ? ` Parts: ${parts.join(', ')}.` : ''}`).join('\n')}

  --only       runs these parts alone, and writes no report
  --no-report  prints the report only; otherwise it is also written to docs/reports/proof-NAME.md
  --help       this text

The exit code is 0 when the claim holds, and 1 when it does not.
`;

async function main(words: string[]): Promise<number> {
  const options = { help: { type: 'boolean' }, 'no-report': { type: 'boolean' }, only: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true });
  const [name, ...more] = positionals;
  if (values.help === true || name === undefined) {
    process.stdout.write(help);
    return values.help === true ? 0 : 1;
  }
  const proof = proofs.find((one) => one.name === name);
  if (proof === undefined || more.length > 0) {
    throw new Error(
      `there is no proof "${[name, ...more].join(' ')}": wants one of ${proofs.map((one) => one.name).join(', ')}`,
    );
  }
  const only = values.only?.split(',');
  const unknown = only?.find((part) => proof.parts?.includes(part) !== true);
  if (unknown !== undefined) {
    throw new Error(`${proof.name} has no part "${unknown}": wants one of ${proof.parts?.join(', ') ?? 'none'}`);
  }
  const proven = await proof.run(progressOn(process.stderr), only);
  const text = await report(proof, proven);
  process.stdout.write(`\n${text}`);
  if (values['no-report'] !== true && only === undefined) {
    const file = fileURLToPath(new URL(`../../docs/reports/proof-${proof.name}.md`, import.meta.url));
    await writeFile(file, text);
    process.stderr.write(`written to ${relative('.', file)}\n`);
  }
  return proven.holds ? 0 : 1;
}

function report({ name, claim }: Proof, { holds, report, versions }: Proven): Promise<string> {
  const processors = cpus();
  const machine = `${processors.length} × ${processors[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const lines = [
    `# Proof: ${name}`,
    '',
    `Made by \`npm run proof -- ${name}\` on ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, on ${machine}, ${type()} ${release()}, Node ${process.version}${versions === undefined ? '' : `, ${versions}`}.`,
    '',
    `Claim: ${claim}`,
    '',
    `**${holds ? 'The claim holds.' : 'The claim does not hold.'}**`,
    '',
    report.trim(),
    '',
  ];
  return format(lines.join('\n'), { parser: 'markdown', printWidth: 130, proseWrap: 'preserve' });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`proof: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
// Work that a failed part has left behind must not keep the process alive.
process.exit();
