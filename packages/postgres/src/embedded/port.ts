import { createServer } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const host = '127.0.0.1';
const fileOf = (directory: string): string => join(directory, 'port');

/** The port of the last start if it is still free, so that other tools find the server again; otherwise any free one. */
export async function choosePort(directory: string): Promise<number> {
  const last = Number(await readFile(fileOf(directory), 'utf8').catch(() => '0'));
  if (last > 0 && last < 65536 && (await listen(last)) !== undefined) return last;
  const free = await listen(0);
  if (free === undefined) throw new Error(`No free port on ${host}`);
  return free;
}

export async function recordPort(directory: string, port: number): Promise<void> {
  await writeFile(fileOf(directory), `${port}\n`, { mode: 0o600 });
}

/** Listens for a moment. @returns the port, or undefined if it is taken */
function listen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : undefined);
      });
    });
  });
}
