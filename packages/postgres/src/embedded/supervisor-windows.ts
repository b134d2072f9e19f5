/**
 * The supervisor for systems without /bin/sh: `node supervisor-windows.ts <directory to remove or ''> <postgres> -D <data> …`. Signals of
 * PostgreSQL are messages on Windows that only pg_ctl can send.
 */
import { spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [remove, postgres, ...parameters] = process.argv.slice(2);
if (postgres === undefined) throw new Error('Usage: supervisor-windows.ts <remove> <postgres> -D <data directory> …');
const dataDirectory = parameters[parameters.indexOf('-D') + 1] ?? '';

const server = spawn(postgres, parameters, { stdio: ['ignore', 'inherit', 'inherit'], windowsHide: true });
process.stdin.resume().once('close', () => {
  spawnSync(join(dirname(postgres), 'pg_ctl'), ['stop', '-m', 'fast', '-D', dataDirectory], { windowsHide: true });
});
server.once('exit', (code) => {
  if (remove) rmSync(remove, { recursive: true, force: true });
  process.exit(code ?? 1);
});
