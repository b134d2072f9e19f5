// `npm run format`: Prettier on everything, or on the given files and folders.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readArguments } from './arguments.ts';

const { positionals } = readArguments({
  command: 'npm run format',
  help: `Formats with Prettier.

Usage: npm run format              everything
       npm run format -- PLACE …   these files and folders

  --help   this text
`,
  words: 'PLACE',
});
const prettier = fileURLToPath(import.meta.resolve('prettier/bin/prettier.cjs'));
const places = positionals.length > 0 ? positionals : ['.'];
const { status } = spawnSync(process.execPath, [prettier, '--write', '--log-level', 'warn', '--', ...places], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
