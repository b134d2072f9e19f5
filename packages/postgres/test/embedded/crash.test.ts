import assert from 'node:assert/strict';
import { once } from 'node:events';
import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbedded } from '../../src/index.ts';
import {
  forkProgram,
  killHard,
  postmasterOf,
  settings,
  startInChild,
  stopChild,
  temporaryDirectory,
  untilNoServer,
  withSql,
} from './fixture.ts';

const fill = (url: string): Promise<unknown> =>
  withSql(url, async (sql) => {
    await sql`create table if not exists kept (id serial)`;
    await sql`insert into kept default values`;
  });

async function countAfterRestart(directory: string, steps: string[] = []): Promise<number> {
  const server = await startEmbedded({ directory, settings, onProgress: (step) => steps.push(step) });
  try {
    const [row] = await withSql(server.url, (sql) => sql<{ n: number }[]>`select count(*)::int as n from kept`);
    return row!.n;
  } finally {
    await server.stop();
  }
}

describe('after a crash', { timeout: 120_000 }, () => {
  it('kill -9 of the owner: PostgreSQL ends by itself, properly', async (test) => {
    const directory = await temporaryDirectory(test);
    const { child, url } = await startInChild(test, { directory });
    await fill(url);
    await killHard(child);
    const took = await untilNoServer(directory, 5000);
    test.diagnostic(`PostgreSQL had ended ${took} ms after its owner`);
    const steps: string[] = [];
    assert.equal(await countAfterRestart(directory, steps), 1);
    assert.deepEqual(steps, ['starting the database']);
  });

  it('kill -9 of the owner and a start at once: waits for the old server', async (test) => {
    const directory = await temporaryDirectory(test);
    const { child, url } = await startInChild(test, { directory });
    await fill(url);
    await killHard(child);
    assert.equal(await countAfterRestart(directory), 1);
  });

  it('kill -9 of PostgreSQL: the owner learns it, the next start recovers', async (test) => {
    const directory = await temporaryDirectory(test);
    const server = await startEmbedded({ directory, settings });
    await fill(server.url);
    process.kill(await postmasterOf(directory), 'SIGKILL');
    await server.exited;
    await server.stop();
    const steps: string[] = [];
    assert.equal(await countAfterRestart(directory, steps), 1);
    assert.equal(steps.at(-1), 'recovering the database');
  });

  it('kill -9 of the owner, then of PostgreSQL, then of the supervisor', async (test) => {
    const directory = await temporaryDirectory(test);
    const { child, url } = await startInChild(test, { directory });
    await fill(url);
    const postmaster = await postmasterOf(directory);
    child.kill('SIGKILL');
    process.kill(postmaster, 'SIGKILL');
    await once(child, 'exit');
    assert.equal(await countAfterRestart(directory), 1);
  });

  it('an orphan whose supervisor is gone too is shut down by the next start', async (test) => {
    const directory = await temporaryDirectory(test);
    const { child, url } = await startInChild(test, { directory });
    await fill(url);
    const orphan = await postmasterOf(directory);
    await stopSupervision(test, orphan);
    await killHard(child);
    process.kill(orphan, 0); // still there
    const steps: string[] = [];
    assert.equal(await countAfterRestart(directory, steps), 1);
    assert.deepEqual(steps, ['waiting for the previous server to end', 'starting the database']);
  });

  it('a postmaster.pid that names a stranger is stale', async (test) => {
    const directory = await temporaryDirectory(test);
    const { child, url } = await startInChild(test, { directory });
    await fill(url);
    await killHard(child);
    await untilNoServer(directory, 5000);
    await writeFile(join(directory, 'data', 'postmaster.pid'), `${process.ppid}\n${join(directory, 'data')}\n`);
    assert.equal(await countAfterRestart(directory), 1);
  });

  it('a lock of the socket that names a stranger is stale, as after a restart of a container', async (test) => {
    const directory = await temporaryDirectory(test);
    const { child, url, port } = await startInChild(test, { directory });
    await fill(url);
    const postmaster = await postmasterOf(directory);
    await stopSupervision(test, postmaster);
    await killHard(child);
    process.kill(postmaster, 'SIGKILL');
    await untilNoServer(directory, 5000);
    const lock = join(directory, 'data', `.s.PGSQL.${port}.lock`);
    const [, ...more] = (await readFile(lock, 'latin1')).split('\n');
    await writeFile(lock, [process.ppid, ...more].join('\n'));
    assert.equal(await countAfterRestart(directory), 1);
  });

  it('the end of an owner whose server was killed leaves the server of the next owner alone', async (test) => {
    const directory = await temporaryDirectory(test);
    const server = await startEmbedded({ directory, settings });
    await fill(server.url);
    process.kill(await postmasterOf(directory), 'SIGKILL');
    await server.exited;
    const { child, url } = await startInChild(test, { directory });
    await server.stop();
    await delay(500); // time for a shutdown, which the server would have received by now
    await fill(url);
    await stopChild(child);
    assert.equal(await countAfterRestart(directory), 2);
  });

  it('kill -9 in the middle of initdb leaves nothing broken', async (test) => {
    const directory = await temporaryDirectory(test);
    const child = forkProgram(test, { directory });
    while (!(await initdbRuns(directory))) await delay(5);
    await killHard(child);
    await assert.rejects(access(join(directory, 'data', 'PG_VERSION')));
    const server = await startEmbedded({ directory, settings });
    await fill(server.url);
    await server.stop();
    assert.deepEqual(
      (await readdir(directory)).filter((name) => name.startsWith('data.new-')),
      [],
    );
    assert.equal(await countAfterRestart(directory), 1);
  });
});

async function initdbRuns(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch(() => []);
  const draft = names.find((name) => name.startsWith('data.new-'));
  return draft !== undefined && (await readdir(join(directory, draft))).includes('base');
}

/** Kills the two shells that watch over a postmaster: its parent, and the child of that which holds the pipe. */
async function stopSupervision(test: TestContext, postmaster: number): Promise<void> {
  const parentOf = async (pid: string): Promise<number> => {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  };
  const supervisor = await parentOf(String(postmaster));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (Number(pid) !== postmaster && (await parentOf(pid)) === supervisor) process.kill(Number(pid), 'SIGKILL');
  }
  process.kill(supervisor, 'SIGKILL');
  test.diagnostic('the supervisor was killed');
}
