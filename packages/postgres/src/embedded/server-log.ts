import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The log file of the embedded server, from one start on. */
export interface ServerLog {
  descriptor: number;
  /** Returns the last 4,000 characters that were written since the log was opened. */
  recent(): Promise<string>;
  close(): Promise<void>;
}

const rotateAt = 10 * 1024 * 1024;

/** The server writes its file itself, so that its last lines are kept if this process is killed. */
export async function openLog(directory: string, onLine: ((line: string) => void) | undefined): Promise<ServerLog> {
  const path = join(directory, 'postgres.log');
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > rotateAt) await rename(path, `${path}.1`);
  const file = await open(path, 'a', 0o600);
  const from = size > rotateAt ? 0 : size;
  const follower = onLine === undefined ? undefined : follow(path, from, onLine);
  return {
    descriptor: file.fd,
    recent: async () => (await readFile(path)).subarray(from).toString().slice(-4000),
    close: async () => {
      await follower?.stop();
      await file.close();
    },
  };
}

function follow(path: string, from: number, onLine: (line: string) => void): { stop(): Promise<void> } {
  let position = from;
  let rest = '';
  let reading: Promise<void> = Promise.resolve();
  const read = async (): Promise<void> => {
    const fresh = (await readFile(path).catch(() => Buffer.alloc(0))).subarray(position);
    position += fresh.length;
    const lines = (rest + fresh.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
  const timer = setInterval(() => {
    reading = reading.then(read);
  }, 500);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
      return (reading = reading.then(read));
    },
  };
}
