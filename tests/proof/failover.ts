/** A pair of PostgreSQL servers under Patroni, of which something fails while clients write at two nodes of the platform. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { markdownTable } from '../markdown-table.ts';
import { inNamespaces, missing } from './failover/hosts.ts';
import type { Inside, Measured } from './failover/inside.ts';
import { parts } from './failover/parts.ts';
import type { Proof, Proven } from './proof.ts';

export const failover: Proof = {
  name: 'failover',
  claim:
    'Whatever fails in a pair of database servers under Patroni: each acknowledged write is there once, nothing old is told, and the platform writes again by itself: within 15 s, or, where a whole machine or its network is gone, within 30 s, of which Patroni itself waits 20.',
  takes: 'some ten minutes',
  parts: parts.map(({ name }) => name),
  settings: { rate: 40 },
  run: prove,
};

async function prove(
  progress: Progress,
  only: readonly string[] = parts.map(({ name }) => name),
  { rate = 40 }: Readonly<Record<string, number>> = {},
): Promise<Proven> {
  const lacking = await missing();
  if (lacking !== undefined) return { holds: true, report: `Not tried: ${lacking}.` };
  const step = progress.step(`${String(only.length)} faults of a pair, one after the other`);
  const inside = await runInside(rate, only);
  step.done();
  return {
    holds: inside.measured.length === only.length && inside.measured.every(({ holds }) => holds),
    report: reportOf(inside, rate),
    versions: inside.versions,
  };
}

/**
 * Runs parts in namespaces of their own.
 * @param rate writes a second that are asked for
 * @throws Error where it did not come to an end
 */
export async function runInside(rate: number, only: readonly string[]): Promise<Inside> {
  const program = fileURLToPath(new URL('failover/inside.ts', import.meta.url));
  const [command, ...words] = inNamespaces;
  const child = spawn(command, [...words, process.execPath, ...process.execArgv, program, String(rate), only.join()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`the proof ended with ${String(code)} before its end`);
  return JSON.parse(text) as Inside;
}

function reportOf({ measured, idle }: Inside, rate: number): string {
  const seconds = (of: number): string => of.toFixed(1);
  const rows = measured.map((one) => [
    `\`${one.name}\``,
    one.holds ? 'holds' : '**does not hold**',
    seconds(one.gap),
    String(one.acknowledged),
    String(one.failed),
    String(one.unacknowledged),
    seconds(one.longest),
    `${String(one.old)} of ${String(one.reads)}`,
    String(one.records),
  ]);
  const columns = [
    'Part',
    '',
    'Seconds without a write',
    'Acknowledged',
    'Failed requests',
    'Of them stored',
    'Longest of them, s',
    'Old reads',
    'Records',
  ];
  return [
    `Two PostgreSQL servers, each with Patroni and etcd, and a third etcd, in network namespaces that exist for the proof alone; the configuration is that of \`deploy/patroni\`. Two nodes (SSO and FHIR) have both hosts in \`DATABASE_URL\`. ${String(rate)} writes a second: creates, updates with If-Match, conditional creates (two clients want the same), transactions, tokens and revocations; every request is recorded (\`DHP_AUDIT\`). Before the first fault ${String(Math.round(idle * 100))} % of the processors were idle, with other work on the machine.`,
    'After each fault, with the pair whole again and no node restarted: every acknowledged version is in the history of its resource, once; nothing was created twice on a condition; transactions are there whole or not at all; both nodes tell the same feed, with every version once and in order, and so do those who followed it (a cursor that is gone begins anew); revoked tokens are refused, all others are good; each acknowledged request has its record; `dhp audit verify` and `dhp verify` find nothing.',
    markdownTable(columns, rows, [2, 3, 4, 5, 6, 7, 8]),
    measured.map(sectionOf).join('\n\n'),
    'Cannot be shown here: what a loss of power leaves on a disk (the disks are a part of the memory), a watchdog (`/dev/watchdog`), and networks that are slow or lose some packets.',
  ].join('\n\n');
}

function sectionOf({ name, faults, gap, before, anew, holds }: Measured): string {
  const part = parts.find((one) => one.name === name)!;
  const bar = `No more than ${String(part.bar)} s without a write.`;
  const found = `Without a write for ${gap.toFixed(1)} s; ${String(before)} writes before the fault; ${String(anew)} cursors of the feed began anew.`;
  const list = faults.map((one) => `- ${one}`).join('\n');
  return `## ${name}: ${part.fault}\n\n${bar}\n\n**${holds ? 'Holds' : 'Does not hold'}:** ${found}\n\n${list}`;
}
