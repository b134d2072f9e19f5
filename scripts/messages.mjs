// The catalogues of messages in WORKSPACE/messages/AREA/*.json (packages/messages/README.md).
//   node scripts/messages.mjs [FOLDER]           fails where languages differ in their keys or values, a plural lacks a form, a message
//                                                is not used, or a module does not agree with its catalogue
//   node scripts/messages.mjs [FOLDER] --write   writes the modules WORKSPACE/src/texts/AREA.ts again
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readArguments, refuse } from './arguments.ts';

const { values, positionals } = readArguments({
  command: 'npm run messages',
  help: `Makes the modules of the catalogues of messages anew, WORKSPACE/src/texts/AREA.ts; packages/messages/README.md says more.

Usage: npm run messages
       node scripts/messages.mjs   only checks, as npm run check does: keys, values, plurals, unused messages, modules

  --write   writes the modules, which npm run messages asks for
  --help    this text
`,
  options: { write: { type: 'boolean', default: false } },
  words: 'FOLDER',
});
const [given, unknown] = positionals;
if (unknown !== undefined || (given !== undefined && !existsSync(given)))
  refuse('npm run messages', `There is no folder "${unknown ?? given}" to look in.`);
// The compiler that finds unused messages takes longer to load than everything else.
const { checkMessages } = await import('./messages/check.mjs');
const { areas, faults } = await checkMessages(resolve(given ?? '.'), values);
for (const fault of faults) console.log(fault);
if (faults.length === 0) console.log(`${areas} areas of messages`);
process.exitCode = faults.length === 0 ? 0 : 1;
