/** Servers as separate processes, for properties that must hold between nodes. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after } from 'node:test';
import type { SsoOptions } from '@dhp/sso';
import type { TestBed } from './support.ts';

export interface ServerProcess {
  url: string;
  /** Sets its clock ahead by so many milliseconds. */
  setAhead(lead: number): Promise<void>;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Kills it at once, whatever it is doing. */
  kill(): Promise<void>;
}

/** Runs on the database of the test bed and ends with the test. `options` must be representable in JSON. */
export async function startServer(bed: TestBed, options: Partial<SsoOptions> = {}): Promise<ServerProcess> {
  const { databaseUrl, encryptionKey } = bed;
  const given = JSON.stringify({ databaseUrl, encryptionKey: encryptionKey.toString('base64'), options });
  const child = fork(new URL('server-process.ts', import.meta.url), [given]);
  after(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const [{ url }] = (await Promise.race([
    once(child, 'message'),
    exited.then(() => assert.fail('the server process ended at its start')),
  ])) as [{ url: string }];
  return {
    url,
    async setAhead(lead) {
      const told = once(child, 'message');
      child.send({ lead });
      await told;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}
