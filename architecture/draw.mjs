// Draws the table of arrows into docs/architecture.md. A test fails when the drawing and the table differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { arrows, pure } from './arrows.mjs';

const begin = '<!-- arrows: begin -->';
const end = '<!-- arrows: end -->';
export const documentFile = fileURLToPath(new URL('../docs/architecture.md', import.meta.url));

/** The arrows as a Mermaid graph. */
export function drawing() {
  const id = (workspace) => workspace.replace(/^(apps|packages)\//, '');
  const lines = Object.entries(arrows).flatMap(([from, targets]) => targets.map((to) => `  ${id(from)} --> ${id(to)}`));
  const apps = Object.keys(arrows).filter((name) => name.startsWith('apps/'));
  return [
    '```mermaid',
    'graph TD',
    ...lines,
    '  portal -. HTTP .-> sso',
    '  portal -. HTTP .-> fhir',
    '  fhir -. HTTP .-> sso',
    `  classDef app stroke-width:3px`,
    `  class ${apps.map(id).join(',')} app`,
    `  classDef pure stroke-dasharray:4`,
    `  class ${['packages/fhir-model', ...pure].map(id).join(',')} pure`,
    '```',
    '',
    'Thick frames are apps, dashed frames pure packages.',
  ].join('\n');
}

/** The document with its drawing made anew. */
export function withDrawing(document) {
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error('docs/architecture.md lacks the marks of its drawing');
  return `${before}${begin}\n\n${drawing()}\n\n${end}${after}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(documentFile, withDrawing(readFileSync(documentFile, 'utf8')));
}
