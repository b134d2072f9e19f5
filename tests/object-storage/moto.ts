/** A server of S3's protocol that others wrote: moto, of Debian (python3-moto) or PyPI. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../processes.ts';

/** The program that serves it; undefined if it is not installed. */
export const motoProgram = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'moto_server'))
  .find((path) => existsSync(path));

interface Moto {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** @param bucket is made, empty */
export async function openMoto(program: string, bucket: string): Promise<Moto> {
  const port = await freePort();
  const child: ChildProcess = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const ended = new Promise<void>((done) =>
    child.once('exit', () => {
      done();
    }),
  );
  const endpoint = `http://localhost:${String(port)}`;
  for (const end = performance.now() + 30_000; ;) {
    await delay(100);
    // It takes any key, but wants one.
    const headers = {
      authorization:
        'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0',
      'x-amz-content-sha256': createHash('sha256').digest('hex'),
    };
    const made = await fetch(`${endpoint}/${bucket}`, { method: 'PUT', headers }).catch(() => undefined);
    await made?.arrayBuffer();
    if (made?.status === 200) break;
    if (performance.now() > end) throw new Error(`moto does not serve: ${String(made?.status)}`);
  }
  return {
    endpoint,
    async close() {
      child.kill();
      await ended;
    },
  };
}
