/** `npm run cost`: what one request of each shape costs at n, 2n and 4n; writes docs/reports/cost-<day>.md. */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { databaseUrl, startEmbedded } from '@dhp/postgres';
import { progressOn } from '../../apps/dhp/src/progress.ts';
import type { Sent, Shape, World } from '../../tests/cost/shape.ts';
import { shapes } from '../../tests/cost/shapes.ts';
import { fhirAt } from '../../tests/fhir.ts';
import { getToken, openHome, type Home, type Platform } from '../../tests/platform.ts';
import { machineFacts, type Facts } from '../machine.ts';
import { unlimited } from '../subject.ts';
import { cpuOf } from './cpu.ts';
import { measureShape, type Measured } from './measure.ts';
import { costReport, rowOf } from './report.ts';

const help = `Measures the CPU time of one request of each shape of input, at n, 2n and 4n, against a real platform.

Usage: npm run cost -- [OPTIONS]

  --only SHAPE   the shapes alone whose name or area has these words; nothing is written
  --write FILE   where the report goes; default docs/reports/cost-<day>.md, - for nowhere
  --list         names the shapes
  --help         this text

Ctrl-C ends it with a report of what was measured. Ends with 1 where a shape costs more than 6 times as much at 4n as at n.
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    write: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const wanted: (readonly [string, Shape])[] = Object.entries(shapes)
  .flatMap(([area, all]) => all.map((shape) => [area, shape] as const))
  .filter(([area, { name }]) => values.only === undefined || `${area} ${name}`.includes(values.only));

if (values.help) process.stdout.write(help);
else if (values.list) for (const [area, { name }] of wanted) process.stdout.write(`${area}: ${name}\n`);
else if (process.platform !== 'linux') fail('CPU times of processes are read from /proc, which Linux alone has.');
else if (wanted.length === 0) fail(`--only ${values.only ?? ''}: no shape has these words; --list names them.`);
else await run();

async function run(): Promise<void> {
  const [otherLoad = 0] = loadavg();
  const home = await openHome();
  try {
    const platform = await home.start({ ...unlimited, DHP_BODY_LIMIT: '64MiB' });
    const measured = await measureAll(home, platform);
    const facts = await factsOf(home, otherLoad);
    const day = new Date().toISOString().slice(0, 10);
    const steep = measured.filter(({ verdict }) => verdict === 'too steep');
    const file = values.write ?? (values.only === undefined ? reportFile(day) : '-');
    if (file !== '-') await writeFile(file, costReport(measured, wanted.length, facts, day));
    for (const one of values.only === undefined ? steep : measured) process.stdout.write(`${rowOf(one).join(' | ')}\n`);
    if (steep.length > 0) process.exitCode = 1;
  } finally {
    await home.close();
  }
}

async function measureAll(home: Home, platform: Platform): Promise<Measured[]> {
  const world = await worldOf(home, platform);
  const postmaster = await home.postmaster();
  const step = progressOn(process.stderr).step('shapes');
  const measured: Measured[] = [];
  const stop = new AbortController();
  process.once('SIGINT', () => {
    stop.abort();
  });
  for (const [area, shape] of wanted) {
    if (stop.signal.aborted) break;
    step.update(measured.length, wanted.length, shape.name);
    try {
      measured.push(await measureShape(area, shape, world, () => cpuOf(platform.pid, postmaster)));
    } catch (error) {
      process.stderr.write(`${area}, ${shape.name}: ${String(error)}\n${platform.said().slice(-2_000)}\n`);
      process.exitCode = 1;
    }
  }
  step.done(`${measured.length}`);
  return measured;
}

async function worldOf(home: Home, { urls }: Platform): Promise<World> {
  const credentials = await home.createClient();
  const client = { id: credentials.client_id, secret: credentials.client_secret };
  let [ask, since] = [fhirAt(urls.playground, await getToken(urls.sso, credentials)), performance.now()];
  return {
    client,
    async ask({ server = 'fhir', method, path, body, headers }: Sent) {
      if (server === 'sso') {
        const response = await fetch(`${urls.sso}/${path}`, {
          ...{ method, redirect: 'manual' as const },
          ...(headers !== undefined && { headers }),
          ...(body !== undefined && { body }),
        });
        return { status: response.status, text: await response.text() };
      }
      if (performance.now() - since > 1_800_000)
        [ask, since] = [fhirAt(urls.playground, await getToken(urls.sso, credentials)), performance.now()];
      return ask(method, path, body, headers);
    },
  };
}

async function factsOf(home: Home, otherLoad: number): Promise<Facts> {
  const { url } = await startEmbedded({ directory: join(home.data, 'postgres'), attach: true });
  return machineFacts(databaseUrl(url, 'postgres'), home.data, otherLoad);
}

function reportFile(day: string): string {
  return fileURLToPath(new URL(`../../docs/reports/cost-${day}.md`, import.meta.url));
}

function fail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 2;
}
