/**
 * The image of deploy/container, built twice by Podman, and run as the manifests of deploy/kubernetes say. The base image has to be on the
 * machine, or Podman must be able to get it; DHP_CONTAINER_BUILD has further options of `podman build`, DHP_CONTAINER_RUN of `podman run`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, databaseUrl } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { parseAllDocuments } from 'yaml';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { markdownTable } from '../markdown-table.ts';
import { askToken, type Credentials } from '../platform.ts';
import { freePort } from '../processes.ts';
import type { Proof, Proven } from './proof.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const words = (name: string): string[] => (process.env[name] ?? '').split(' ').filter((word) => word !== '');
/** Milliseconds that a start, with migrations, may take. */
const patience = 300_000;

export const container: Proof = {
  name: 'container',
  claim:
    'The image is built from the repository alone, twice the same, and serves all without root, without capabilities and with a root file system that it cannot write.',
  takes: 'ten minutes; needs Podman and the base image',
  parts: ['same', 'serves'],
  async run(progress, only) {
    const { status, stdout } = spawnSync('podman', ['--version'], { encoding: 'utf8' });
    if (status !== 0) throw new Error('Podman is not installed (Debian: apt install podman)');
    const rows: string[][] = [];
    await step(progress, rows, 'The image is built', () => build('first'));
    if (only?.includes('same') !== false) await step(progress, rows, 'A second build gives the same image', same);
    if (only?.includes('serves') !== false)
      await step(
        progress,
        rows,
        'SSO, playground, production and portal as the manifests of Kubernetes run them',
        serves,
      );
    return proven(rows, stdout.trim());
  },
};

function proven(rows: string[][], versions: string): Proven {
  const report = markdownTable(['Tried', 'Result', 'Seconds'], rows, [2]);
  return { holds: rows.every(([, result]) => result?.startsWith('holds')), report, versions };
}

async function step(
  progress: Progress,
  rows: string[][],
  name: string,
  act: () => Promise<string> | string,
): Promise<void> {
  const shown = progress.step(name);
  const started = performance.now();
  const result = await Promise.resolve()
    .then(act)
    .then((what) => `holds: ${what}`)
    .catch((error: unknown) => `fails: ${lastWords(error)}`);
  shown.done(result);
  rows.push([name, result, ((performance.now() - started) / 1000).toFixed(0)]);
}

/** The end of a message, in one line: a command tells its reason last. */
const lastWords = (error: unknown): string => String(error).replaceAll(/\s+/gu, ' ').trim().slice(-400);

const podman = (...given: string[]): string =>
  execFileSync('podman', given, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
  }).trim();

/** Files have one time in it, so that an image is a function of the repository and its base. @returns its size */
function build(tag: string): string {
  const files = [
    '--file',
    'deploy/container/Containerfile',
    '--ignorefile',
    'deploy/container/Containerfile.dockerignore',
  ];
  podman(
    'build',
    '--no-cache',
    '--timestamp',
    '946684800',
    ...words('DHP_CONTAINER_BUILD'),
    ...files,
    '--tag',
    `dhp-proof:${tag}`,
    '.',
  );
  return `${(Number(podman('image', 'inspect', `dhp-proof:${tag}`, '--format', '{{.Size}}')) / 1e6).toFixed(0)} MB with its base`;
}

function same(): string {
  build('second');
  const [first, second] = ['first', 'second'].map((tag) =>
    podman('image', 'inspect', `dhp-proof:${tag}`, '--format', '{{.RootFS.Layers}}'),
  );
  if (first !== second) throw new Error(`layers ${first!} and ${second!}`);
  return 'the same layers';
}

interface Pod {
  readonly args: string[];
  readonly env?: { name: string; value: string }[];
  readonly volumeMounts: { mountPath: string }[];
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { name: string };
  readonly data?: Record<string, string>;
  readonly spec: { template?: { spec: { containers: Pod[] } } };
}
const manifests = (file: string): Manifest[] =>
  parseAllDocuments(readFileSync(join(root, 'deploy/kubernetes', file), 'utf8')).map((one) => one.toJS() as Manifest);

/** Ports, addresses and the database of this run, in the place of those of the manifests. */
async function ownSettings(database: string): Promise<Record<string, string>> {
  const [sso, web, production] = [await freePort(), await freePort(), await freePort()];
  return {
    ...manifests('settings.yaml')[0]!.data!,
    ...{ DHP_SSO_PORT: String(sso), DHP_PORT: String(web), DHP_PRODUCTION_PORT: String(production) },
    ...{ DHP_SSO_URL: `http://localhost:${sso}`, DHP_PORTAL_URL: `http://localhost:${web}`, DHP_HOST: '127.0.0.1' },
    ...{ DHP_PLAYGROUND_URL: `http://localhost:${web}/fhir`, DHP_PRODUCTION_URL: `http://localhost:${production}` },
    ...{ DATABASE_URL: database, DHP_SECRET_KEY: randomBytes(32).toString('base64'), DHP_SEED_PATIENTS: '0' },
  };
}

async function serves(): Promise<string> {
  // Containers reach it by TCP, not by its Unix socket.
  const server = (await testServer()).replace(/\?.*/, '');
  const name = `dhp_container_${randomBytes(6).toString('hex')}`;
  const sql = connect(server, { max: 1 });
  const running: string[] = [];
  try {
    await sql.unsafe(`create database ${name}`);
    const settings = await ownSettings(databaseUrl(server, name));
    for (const file of ['sso.yaml', 'web.yaml']) running.push(...(await startAll(file, settings)));
    for (const url of ['DHP_SSO_URL', 'DHP_PORTAL_URL', 'DHP_PRODUCTION_URL']) await ready(settings[url]!, running);
    const exchanged = await exchange(running[0]!, settings);
    for (const id of running) podman('stop', '--time', '60', id);
    const codes = running.map((id) => podman('inspect', id, '--format', '{{.State.ExitCode}}'));
    if (codes.some((code) => code !== '0')) throw new Error(`ended with ${codes.join(', ')}`);
    return `${exchanged}; all end by themselves when they are told to`;
  } finally {
    for (const id of running) spawnSync('podman', ['rm', '--force', '--volumes', id]);
    for (const end of ['', '_sso', '_playground', '_production'])
      await sql.unsafe(`drop database if exists ${name}${end} with (force)`);
    await sql.end();
  }
}

async function startAll(file: string, settings: Record<string, string>): Promise<string[]> {
  const pods = manifests(file).flatMap(({ spec }) => spec.template?.spec.containers ?? []);
  return Promise.all(
    pods.map(async ({ args, env = [], volumeMounts }) => {
      const own = Object.fromEntries(env.map((one) => [one.name, one.value]));
      const given = {
        ...settings,
        ...own,
        DHP_SSO_INTERNAL_URL: settings['DHP_SSO_URL']!,
        DHP_METRICS_PORT: String(await freePort()),
      };
      const mounts = volumeMounts.flatMap(({ mountPath }) =>
        mountPath === '/tmp' ? ['--tmpfs', '/tmp:rw,size=256m'] : ['--mount', `type=volume,dst=${mountPath},U=true`],
      );
      const narrow = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--network', 'host'];
      const environment = Object.entries(given).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
      return podman(
        'run',
        '--detach',
        ...narrow,
        ...words('DHP_CONTAINER_RUN'),
        ...mounts,
        ...environment,
        'dhp-proof:first',
        ...args,
      );
    }),
  );
}

async function ready(url: string, running: readonly string[]): Promise<void> {
  const until = Date.now() + patience;
  while (Date.now() < until) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok === true) return;
    await delay(500);
  }
  throw new Error(
    `${url} is not ready: ${running.map((id) => spawnSync('podman', ['logs', id], { encoding: 'utf8' }).stderr.slice(-300)).join(' ')}`,
  );
}

/** A client is registered within the container, as an operator does it, gets tokens and stores a Patient in each environment. */
async function exchange(sso: string, settings: Record<string, string>): Promise<string> {
  for (const [where, base] of [
    ['playground', settings['DHP_PLAYGROUND_URL']!],
    ['production', settings['DHP_PRODUCTION_URL']!],
  ] as const) {
    const dhp = ['/opt/dhp/node_modules/node/bin/node', '/opt/dhp/apps/dhp/src/main.ts'];
    const asked = [
      'client',
      'create',
      '--name',
      'Proof',
      '--scope',
      'system/Patient.cruds',
      '--environment',
      where,
      '--json',
    ];
    const client = JSON.parse(podman('exec', sso, ...dhp, ...asked)) as Credentials;
    const { access_token: token } = (await (await askToken(settings['DHP_SSO_URL']!, client)).json()) as {
      access_token: string;
    };
    const answer = await fetch(`${base}/Patient`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Patient', name: [{ family: 'Karimova' }] }),
    });
    if (answer.status !== 201) throw new Error(`${where}: ${answer.status} ${await answer.text()}`);
  }
  return 'a token and a Patient in playground and production';
}
