/** Path of the socket on which the portal listens for the playground of the same node. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The longest path of a Unix socket that every system accepts, without its final zero. */
const longest = 103;

/**
 * The path of the socket: in the data directory or, if that path is too long, in a new directory that only this user may enter and that is
 * removed when the process ends. A predictable name in a shared directory could be taken by another user of the machine, who would then
 * answer for the portal.
 */
export function portalSocketPath(data: string, port: number, temporary: string = tmpdir()): string {
  const name = `portal-${String(port)}.sock`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\dhp-${name}`;
  const path = join(data, name);
  if (Buffer.byteLength(path) <= longest) return path;
  const parent = Buffer.byteLength(temporary) < longest - 50 ? temporary : '/tmp';
  const folder = mkdtempSync(join(parent, 'dhp-portal-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}
