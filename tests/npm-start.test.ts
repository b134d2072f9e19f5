/** `npm start` as a service manager or a container runs it: a stop signal reaches the platform, which then drains. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openHome, type Home } from './platform.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const skip = process.platform === 'win32' ? 'Windows has no signals' : false;

let place: Home;
before(async () => {
  place = await openHome({ begins: 'migrated', serves: 'sso' });
});
after(() => place.close());

interface Started {
  readonly pid: number;
  readonly url: string;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  said(): string;
}

/** In a separate process group, as a shell with job control starts it. */
async function npmStart(): Promise<Started> {
  const clean = Object.entries(process.env).filter(([name]) => !/^(DHP_|DATABASE_URL$|NODE_TEST|npm_)/.test(name));
  const child = spawn('npm', ['start', '--', '--json'], {
    cwd: root,
    env: { ...Object.fromEntries(clean), ...place.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  const ready = Promise.withResolvers<string>();
  const look = (text: Buffer): void => {
    said += text.toString();
    const line = said.split('\n').find((one) => one.startsWith('{"ready":true'));
    if (line !== undefined) ready.resolve((JSON.parse(line) as { urls: { sso: string } }).urls.sso);
  };
  child.stdout.on('data', look);
  child.stderr.on('data', look);
  // The streams close when the last process that uses them has ended: npm alone is not the platform.
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => resolve({ code, signal }));
  });
  ended.then(() => ready.reject(new Error(`npm start ended before it was ready:\n${said}`)), ready.reject);
  return { pid: child.pid!, url: await ready.promise, ended, said: () => said };
}

const stops: [what: string, signal: NodeJS.Signals, target: (pid: number) => number][] = [
  ['SIGTERM to npm alone', 'SIGTERM', (pid) => pid],
  ['SIGTERM to the process group', 'SIGTERM', (pid) => -pid],
  ['SIGINT to the process group, as Ctrl-C sends it', 'SIGINT', (pid) => -pid],
];
for (const [what, signal, target] of stops) {
  test(`${what}: the platform drains and ends, and so does npm`, { skip }, async () => {
    const started = await npmStart();
    const { pid, url, ended } = started;
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    const postmaster = await place.postmaster();
    assert.ok(postmaster);
    process.kill(target(pid), signal);
    const { code } = await ended;
    assert.match(started.said(), /Stopping: requests in flight are finished first\./);
    // npm exits with the code of the platform, or by the signal that it received itself.
    assert.ok(code === 0 || code === null || code === (signal === 'SIGTERM' ? 143 : 130), String(code));
    await assert.rejects(fetch(`${url}/healthz`));
    assert.equal(await place.postmaster(), undefined, 'the database was shut down, not killed');
  });
}
