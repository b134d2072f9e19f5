import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import { connect, type Sql } from '../../src/index.ts';
import type { EmbeddedOptions } from '../../src/embedded/start.ts';
import { readPostmaster } from '../../src/embedded/cluster.ts';
import { serverProcesses } from '../../src/embedded/process.ts';

/** Small and quick to start; durable, as these tests kill servers. */
export const settings = { shared_buffers: '32MB', max_wal_size: '256MB', io_method: 'sync' };

/** A directory with spaces and letters beyond ASCII in its path, removed after the test. */
export async function temporaryDirectory(test: TestContext): Promise<string> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'dhp маълумот 1-')));
  test.after(() => rm(parent, { recursive: true, force: true, maxRetries: 5 }));
  return join(parent, 'postgres data');
}

export interface Started {
  child: ChildProcess;
  url: string;
  port: number;
  owned: boolean;
  steps: string[];
}

type Message = ({ kind: 'ready' } & Omit<Started, 'child'>) | { kind: 'failed' | 'step' | 'stopped'; message?: string };

const program = fileURLToPath(new URL('./program.ts', import.meta.url));

/** Forks the program; it is killed after the test when it still runs. */
export function forkProgram(test: TestContext, options: EmbeddedOptions, spawn: object = {}): ChildProcess {
  const child = fork(program, [JSON.stringify({ settings, ...options })], { execPath: process.execPath, ...spawn });
  test.after(() => child.kill('SIGKILL'));
  return child;
}

export async function startInChild(test: TestContext, options: EmbeddedOptions, spawn: object = {}): Promise<Started> {
  return ready(forkProgram(test, options, spawn));
}

/** Waits until the child has its server. @throws Error with the child's own message when it fails */
export async function ready(child: ChildProcess): Promise<Started> {
  for (;;) {
    const [message] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => [{ kind: 'failed', message: 'exited' }]),
    ])) as [Message];
    if (message.kind === 'failed') throw new Error(message.message);
    if (message.kind === 'ready') return { ...message, child };
  }
}

export async function stopChild(child: ChildProcess): Promise<void> {
  child.send('stop');
  await once(child, 'exit');
}

export async function killHard(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Runs `work` with a pool of one connection. */
export async function withSql<R>(url: string, work: (sql: Sql) => Promise<R>): Promise<R> {
  const sql = connect(url, { max: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

export async function postmasterOf(directory: string): Promise<number> {
  const postmaster = await readPostmaster(join(directory, 'data'));
  assert.ok(postmaster !== undefined, 'a server runs');
  return postmaster.pid;
}

/** Waits until no process of PostgreSQL is left in the directory. @returns milliseconds */
export async function untilNoServer(directory: string, limit: number): Promise<number> {
  const begin = Date.now();
  while ((await serverProcesses(join(directory, 'data'), undefined)).length > 0) {
    assert.ok(Date.now() - begin < limit, `PostgreSQL still runs after ${limit} ms`);
    await delay(10);
  }
  return Date.now() - begin;
}
