// Draws the table of arrows into docs/architecture.md, and lists the packages that others may embed in docs/README.md. A test fails when
// one of them is not what this makes: node architecture/draw.mjs
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { arrows, pure } from './arrows.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
export const documentFile = `${root}docs/architecture.md`;
export const contentsFile = `${root}docs/README.md`;

const idOf = (workspace) => workspace.replace(/^(apps|packages)\//, '');
const isPure = (workspace) => pure.includes(workspace) || workspace === 'packages/fhir-model';
const isOfFhir = (workspace) => /\/(fhir|search|sql|synthetic|terminology)/.test(workspace);

/** In the order of the drawing, from above. */
const groups = [
  ['Servers and the command line', (name) => name.startsWith('apps/')],
  ['Packages that know a database or the web framework', (name) => !isPure(name)],
  ['Pure packages of FHIR', isOfFhir],
  ['Other pure packages', () => true],
];

/** Workspaces that another one reaches through its neighbours; an arrow to them says nothing more. */
function reachedThroughOthers(from) {
  const reached = new Set();
  const visit = (name) => {
    for (const next of arrows[name]) if (!reached.has(next)) visit((reached.add(next), next));
  };
  for (const neighbour of arrows[from]) visit(neighbour);
  return reached;
}

/** The arrows as a Mermaid graph, in groups, without those that follow from others. */
export function drawing() {
  const names = Object.keys(arrows);
  const groupOf = (name) => groups.findIndex(([, has]) => has(name));
  const boxes = groups.flatMap(([title], n) => [
    `  subgraph g${n} ["${title}"]`,
    ...names.filter((name) => groupOf(name) === n).map((name) => `    ${idOf(name)}`),
    '  end',
  ]);
  const lines = names.flatMap((from) => {
    const others = reachedThroughOthers(from);
    return arrows[from].filter((to) => !others.has(to)).map((to) => `  ${idOf(from)} --> ${idOf(to)}`);
  });
  return [
    '```mermaid',
    'graph TD',
    ...boxes,
    ...lines,
    '  portal -. HTTP .-> sso',
    '  portal -. HTTP .-> fhir',
    '  fhir -. HTTP .-> sso',
    '```',
    '',
    'An arrow that follows from others is left out: `fhir` may import `fhir-model`, since it may import `fhir-store`.',
  ].join('\n');
}

/** The packages with a README that others may embed, as a table. */
function embeddable() {
  const manifest = (name) => JSON.parse(readFileSync(`${root}packages/${name}/package.json`, 'utf8'));
  const rows = readdirSync(`${root}packages`)
    .map((name) => [name, manifest(name)])
    .filter(([, { dhp }]) => dhp?.publish === true)
    .map(([folder, { name, description }]) => `| [${name}](../packages/${folder}/README.md) | ${description} |`);
  return ['| Package | Holds |', '| --- | --- |', ...rows].join('\n');
}

function between(document, mark, text) {
  const [begin, end] = [`<!-- ${mark}: begin -->`, `<!-- ${mark}: end -->`];
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`there are no marks ${begin} … ${end}`);
  return `${before}${begin}\n\n${text}\n\n${end}${after}`;
}

/** The document with its drawing made again. */
export const withDrawing = (document) => between(document, 'arrows', drawing());

/** The contents with the list of packages made again. */
export const withPackages = (document) => between(document, 'packages', embeddable());

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { format, resolveConfig } = await import('prettier');
  for (const [file, made] of [
    [documentFile, withDrawing],
    [contentsFile, withPackages],
  ]) {
    const style = await resolveConfig(file);
    writeFileSync(file, await format(made(readFileSync(file, 'utf8')), { ...style, parser: 'markdown' }));
  }
}
