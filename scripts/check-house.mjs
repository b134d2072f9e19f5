// The inside of all workspaces, measured and held: no number may grow above its limit in architecture/house.json, and a limit goes down
// with its number until it is at the bar. Of every workspace it is circles of imports, symbols at its door and the longest function, and of the
// largest rooms the sizes of all files and functions. Among the numbers is how often each name is in the code that docs/glossary.md says is
// being replaced, how often a workspace makes what carries state past the arguments of functions, how many comments begin with What, Who, Whose
// or That, and how many files under 30 lines are imported by one other alone.
//   node scripts/check-house.mjs [FOLDER]   prints each number beside its limit and its bar; fails when one is above its limit
//   … --lower                               writes the limits that have gone down
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readArguments } from './arguments.ts';
import {
  countHiddenState,
  countOldNames,
  countTranslatedComments,
  countVagueComments,
  measure,
  smallFilesWithOneImporter,
} from '../architecture/measure.mjs';

const { values, positionals } = readArguments({
  command: 'node scripts/check-house.mjs',
  help: `Prints each number of the house beside its limit and its bar; fails when one is above its limit.

Usage: node scripts/check-house.mjs [FOLDER] [--lower]

  --lower   writes the limits that have gone down to architecture/house.json
  --help    this text
`,
  options: { lower: { type: 'boolean', default: false } },
  words: 'FOLDER',
});
const root = resolve(positionals[0] ?? '.');
const limitsFile = join(root, 'architecture', 'house.json');
/** Workspaces whose files and functions are all measured. */
const large = ['apps/fhir', 'apps/sso', 'packages/fhir-search', 'packages/fhir-store', 'packages/search-index'];
/** Parts of the SSO: their sizes count with those of `apps/sso`, since each has too few files for meaningful quantiles. */
const parts = [
  'packages/administration',
  'packages/sign-in',
  'packages/protocol',
  'packages/sso-pages',
  'packages/clients',
  'packages/accounts',
  'packages/grants',
  'packages/audit',
  'packages/outbound',
  'packages/signing-keys',
  'packages/sso-kit',
];

/** Titles and bars of the metrics of a workspace. */
const bars = {
  circles: ['circles of imports between folders', 0],
  circle: ['files in the largest circle', 0],
  folderCircles: ['circles of folders', 0],
  pairs: ['pairs of folders that import each other', 0],
  door: ['symbols at the door', 25],
  fileMedian: ['lines of a file, median', 120],
  fileP90: ['lines of a file, 90th percentile', 300],
  functionMedian: ['lines of a function, median', 8],
  functionP90: ['lines of a function, 90th percentile', 25],
  functionMost: ['lines of the longest function', 80],
};

const limits = JSON.parse(readFileSync(limitsFile, 'utf8'));
const foldersIn = (name) => (existsSync(join(root, name)) ? readdirSync(join(root, name)).sort() : []);
const workspaces = ['apps', 'packages'].flatMap((folder) => foldersIn(folder).map((name) => `${folder}/${name}`));
const present = workspaces.filter((workspace) => existsSync(join(root, workspace, 'src')));
const presentParts = parts.filter((part) => present.includes(part));
const rows = present.flatMap((workspace) => {
  const { metrics, pairs, folderCircles } = measure(root, workspace, workspace === 'apps/sso' ? presentParts : []);
  const measured = Object.entries(bars).filter(([name]) => large.includes(workspace) || !/Median|P90/.test(name));
  const details = { pairs, folderCircles };
  return measured.map(([name, [title, bar]]) => ({
    ...{ workspace, name, title, bar, details: details[name] ?? [] },
    value: metrics[name],
    limit: limits[workspace]?.[name] ?? bar,
  }));
});

const glossaryFile = join(root, 'docs', 'glossary.md');
const glossary = existsSync(glossaryFile) ? readFileSync(glossaryFile, 'utf8') : '';
for (const [name, value] of Object.entries(countOldNames(root, present, glossary))) {
  const limit = limits['old names']?.[name] ?? 0;
  rows.push({ ...{ workspace: 'old names', name, title: name, bar: 0, details: [] }, value, limit });
}

for (const name of present) {
  const limit = limits['hidden state']?.[name] ?? 0;
  const value = countHiddenState(root, name);
  if (value > 0 || limit > 0)
    rows.push({ ...{ workspace: 'hidden state', name, title: name, bar: 0, details: [] }, value, limit });
}

for (const workspace of [...workspaces, 'architecture', 'bench', 'scripts', 'tests']) {
  if (!existsSync(join(root, workspace))) continue;
  const limit = limits[workspace]?.vagueComments ?? 0;
  const value = countVagueComments(root, workspace);
  const title = 'comments that begin with What, Who, That';
  if (value > 0 || limit > 0)
    rows.push({ ...{ workspace, name: 'vagueComments', title, bar: 0, details: [] }, value, limit });
}

const written = [...workspaces, 'bench', 'scripts', 'tests'].map((folder) => join(root, folder));
for (const [name, value] of Object.entries(countTranslatedComments(written))) {
  const limit = limits['translated comments']?.[name] ?? 0;
  if (value > 0 || limit > 0)
    rows.push({ ...{ workspace: 'translated comments', name, title: name, bar: 0, details: [] }, value, limit });
}

const smallFiles = smallFilesWithOneImporter(root);
rows.push({
  ...{ workspace: 'all workspaces', name: 'smallFiles', title: 'files under 30 lines with one importer', bar: 15 },
  ...{ value: smallFiles.length, limit: limits['all workspaces']?.smallFiles ?? 15 },
  details: smallFiles,
});

for (const { workspace, title, value, limit, bar } of rows) {
  const mark = value > limit ? '✖' : value > bar ? ' ' : '✔';
  const [now, most, goal] = [value, limit, bar].map((number) => String(number).padStart(4));
  console.log(`${mark} ${workspace.padEnd(29)}${title.padEnd(42)}today ${now}  limit ${most}  bar ${goal}`);
}

const above = rows.filter(({ value, limit }) => value > limit);
for (const { workspace, title, value, limit, details } of above) {
  console.log(`${workspace}: ${title} has grown from ${limit} to ${value}`);
  if (details.length > 0) console.log(`  ${details.join('\n  ')}`);
}

/** The limit that follows from a number: the number itself, but never below the bar. */
const lowered = ({ value, limit, bar }) => Math.min(limit, Math.max(value, bar));
const sinking = rows.filter((row) => lowered(row) < row.limit);
if (values.lower) {
  // A limit at its bar need not be written.
  const needed = rows.filter((row) => lowered(row) > row.bar);
  const next = Object.fromEntries(
    [...new Set(rows.map(({ workspace }) => workspace))]
      .map((workspace) => [workspace, needed.filter((row) => row.workspace === workspace)])
      .map(([workspace, own]) => [workspace, Object.fromEntries(own.map((row) => [row.name, lowered(row)]))])
      .filter(([, own]) => Object.keys(own).length > 0),
  );
  writeFileSync(limitsFile, `${JSON.stringify(next, null, 2)}\n`);
} else if (sinking.length > 0) {
  const list = sinking.map(({ workspace, title, value, limit }) => `${workspace}: ${title}, ${limit} to ${value}`);
  console.log(`Lower these limits with node scripts/check-house.mjs --lower:\n  ${list.join('\n  ')}`);
}
process.exitCode = above.length > 0 ? 1 : 0;
