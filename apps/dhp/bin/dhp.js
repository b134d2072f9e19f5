#!/usr/bin/env node
// The door of the command line. It must parse on old Node versions: it only finds the pinned Node and hands over to it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const pinned = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
// As with npm's scripts: what one process has compiled serves the next.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../../../.dhp/compile-cache', import.meta.url));
const [major] = process.versions.node.split('.').map(Number);

if (major >= 24) {
  module.enableCompileCache();
  await import(main);
} else if (existsSync(pinned)) {
  const { status, signal } = spawnSync(pinned, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  if (signal) process.kill(process.pid, signal);
  process.exitCode = status ?? 1;
} else {
  console.error('dhp: Node 24 is not installed yet. Run: node scripts/install.mjs');
  process.exitCode = 1;
}
