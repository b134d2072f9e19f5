// The catalogues of messages in WORKSPACE/messages/AREA/*.json (packages/messages/README.md).
//   node scripts/messages.mjs [FOLDER]           fails where languages differ in their keys or values, a plural lacks a form, a message
//                                                is not used, or a module does not agree with its catalogue
//   node scripts/messages.mjs [FOLDER] --write   writes the modules WORKSPACE/src/texts/AREA.ts anew
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { readArguments, refuse } from './arguments.ts';
import { findAreas } from './messages/areas.mjs';
import { areaFaults } from './messages/consistent.mjs';
import { moduleOf } from './messages/module.mjs';
import { findUnused } from './messages/unused.mjs';

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
const root = resolve(given ?? '.');
const shown = (path) => relative(root, path).split(sep).join('/');

const areas = findAreas(root);
const faults = areas.flatMap(areaFaults);
if (faults.length === 0 && values.write) {
  for (const area of areas) {
    mkdirSync(dirname(area.module), { recursive: true });
    writeFileSync(area.module, await moduleOf(area));
  }
} else if (faults.length === 0) {
  for (const area of areas) {
    const written = existsSync(area.module) ? readFileSync(area.module, 'utf8').replaceAll('\r\n', '\n') : '';
    if (written !== (await moduleOf(area)))
      faults.push(`${shown(area.module)} is not what its catalogue says: npm run messages`);
  }
  const unused = findUnused(
    root,
    areas.map(({ module }) => module),
  );
  faults.push(...unused.map(({ module, path }) => `${shown(module)}: nothing uses ${path.join('.')}`));
}
for (const fault of faults) console.log(fault);
if (faults.length === 0) console.log(`${areas.length} areas of messages`);
process.exitCode = faults.length === 0 ? 0 : 1;
