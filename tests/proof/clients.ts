/** Clients that others wrote, through the life of an integrator: what they send works, or is refused in words that say what to do. */
import { tmpdir } from 'node:os';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { markdownTable } from '../markdown-table.ts';
import { openGround, type Ground } from './clients/ground.ts';
import { families, type Family } from './clients/families.ts';
import { judged, type Judged } from './clients/refusals.ts';
import type { Proof, Proven } from './proof.ts';

export const clients: Proof = {
  name: 'clients',
  claim:
    'Clients that others wrote, used as their documentation says, find the platform by discovery, get, renew, check and revoke tokens, and read, write and search; a call that is refused is refused for a reason of a specification or of the platform, and the client passes on what to do instead.',
  takes: 'some ten minutes, the first time with what is downloaded',
  parts: families.map(({ name }) => name),
  run: async (progress, only) =>
    proven(await tryAll(only === undefined ? families : families.filter(({ name }) => only.includes(name)), progress)),
};

interface Tried {
  readonly family: Family;
  readonly calls: readonly Judged[];
  /** Why nothing was tried, or what was missing. */
  readonly absent: readonly string[];
}

async function tryAll(all: readonly Family[], progress: Progress): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  const ground = await openGround();
  try {
    for (const family of all) {
      const step = progress.step(family.name);
      const program = await family.install();
      const one = typeof program === 'string' ? { calls: [], absent: [program] } : await told(program, ground);
      tried.push({ family, ...one });
      step.done(one.calls.length === 0 ? one.absent.join('; ') : `${String(one.calls.length)} calls`);
    }
  } finally {
    await ground.close();
  }
  return tried;
}

async function told(
  program: (ground: Ground) => AsyncIterable<string>,
  ground: Ground,
): Promise<Omit<Tried, 'family'>> {
  const calls: Judged[] = [];
  const absent: string[] = [];
  for await (const line of program(ground)) {
    const said = JSON.parse(line) as Parameters<typeof judged>[0] & { readonly absent?: string };
    if (said.absent === undefined) calls.push(judged(said));
    else absent.push(`${said.client}: ${said.absent}`);
  }
  return { calls, absent };
}

function proven(tried: readonly Tried[]): Proven {
  const calls = tried.flatMap((one) => one.calls);
  const faults = calls.filter(({ outcome }) => outcome === 'fault');
  return {
    holds: faults.length === 0 && calls.length > 0,
    report: [
      ...(faults.length === 0
        ? []
        : [
            'Calls that fail:',
            '',
            ...faults.map(({ client, call, said }) => `- ${client}, ${escaped(call)}: ${escaped(said)}`),
          ]),
      ...tried.flatMap(({ family, calls: own, absent }) => [
        `## ${family.name}`,
        family.about,
        ...absent.map((why) => `Not tried: ${why}.`),
        own.length === 0 ? '' : summaryOf(own),
        refusalsOf(own),
        own.length === 0 ? '' : tableOf(own),
      ]),
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
  };
}

function summaryOf(calls: readonly Judged[]): string {
  const byClient = [...Map.groupBy(calls, ({ client, version }) => `${client} ${version}`)];
  const count = (of: readonly Judged[], outcome: Judged['outcome']): string =>
    String(of.filter((one) => one.outcome === outcome).length);
  return markdownTable(
    ['Client', 'Calls', 'Work', 'Refused', 'Fail'],
    byClient.map(([name, own]) => [
      name,
      String(own.length),
      count(own, 'works'),
      count(own, 'refused'),
      count(own, 'fault'),
    ]),
    [1, 2, 3, 4],
  );
}

function refusalsOf(calls: readonly Judged[]): string {
  const refused = calls.filter(({ outcome }) => outcome === 'refused');
  if (refused.length === 0) return '';
  const byReason = [...Map.groupBy(refused, ({ because }) => because)];
  return [
    'Refused, with the reason and what the client passes on of the first:',
    ...byReason.map(([because, own]) => {
      const names = [...new Set(own.map(({ client, call }) => escaped(`${client}, ${call}`)))].join('; ');
      return `- ${because ?? ''} (${names})\n\n  > ${escaped(own[0]!.said)}`;
    }),
  ].join('\n\n');
}

function tableOf(calls: readonly Judged[]): string {
  return markdownTable(
    ['Client', 'Call', 'Outcome'],
    calls.map(({ client, call, outcome }) => [client, escaped(call), outcome]),
  );
}

/** As a cell or a quotation of Markdown, without what differs from run to run. */
function escaped(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/localhost:\d+/g, 'localhost')
    .replaceAll(/localhost%3A\d+/g, 'localhost%3APORT')
    .replaceAll(tmpdir(), 'TMPDIR')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll('*', '\\*')
    .slice(0, 600);
}
