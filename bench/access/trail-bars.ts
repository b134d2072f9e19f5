/**
 * The bars of the audit trail: the programs that measure them at the store's interface and over HTTP print each with its verdict, and the
 * report repeats them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A row of the table of bars. */
export type Bar = readonly [inForce: string, of: string, measured: string, bar: string, verdict: string];

const programs = (records: number, reads: number): readonly (readonly [path: string, argument: string])[] => [
  ['../../packages/fhir-store/bench/trail.ts', String(records)],
  ['../../apps/fhir/bench/audited-reads.ts', String(reads)],
];

const said = /^ {2}bar: (.+): (at .+); measured (.+): (reached|not reached)$/gm;

/**
 * Runs the programs in sequence.
 * @param records number that is stored and verified; a million takes some minutes
 * @throws Error for a program that prints no verdict
 */
export async function trailBars(records: number, reads = 8_000): Promise<Bar[]> {
  const bars: Bar[] = [];
  for (const [path, argument] of programs(records, reads)) {
    const program = fileURLToPath(new URL(path, import.meta.url));
    const child = spawn(process.execPath, [program, argument], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part));
    await once(child, 'close');
    const found = [...output.matchAll(said)].map(([, of = '', bar = '', measured = '', verdict = '']): Bar => [
      'a trail',
      of,
      measured,
      bar,
      verdict,
    ]);
    if (found.length === 0) throw new Error(`${path} has measured nothing: ${output.slice(-500)}`);
    bars.push(...found);
  }
  return bars;
}
