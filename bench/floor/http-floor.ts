import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface HttpFloor {
  readonly port: number;
  readonly pid: number;
  close(): void;
}

/** Starts the bare Fastify in a separate process. */
export async function openHttpFloor(body: string): Promise<HttpFloor> {
  const child = fork(fileURLToPath(new URL('./bare-fastify.ts', import.meta.url)));
  child.send(body);
  const [port] = (await once(child, 'message')) as [number];
  return { port, pid: child.pid!, close: () => void child.kill() };
}
