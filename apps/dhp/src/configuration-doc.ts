/**
 * The table of docs/configuration.md, made from the settings themselves.
 * `node apps/dhp/src/configuration-doc.ts` writes it; a test fails when the document and the settings differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { subjects } from './settings.ts';
import type { Setting } from './settings/setting.ts';

const begin = '<!-- settings: begin (made by apps/dhp/src/configuration-doc.ts) -->';
const end = '<!-- settings: end -->';

export const documentFile = fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url));

/** The document with its table regenerated; everything else stays unchanged. */
export function withSettingsTable(document: string): string {
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error('docs/configuration.md lacks the marks of its table');
  return `${before}${begin}\n\n${settingsTable()}\n\n${end}${after}`;
}

/** A table for each subject. */
function settingsTable(): string {
  return subjects.map(({ title, settings }) => `## ${title}\n\n${tableOf(settings)}`).join('\n\n');
}

function tableOf(settings: Readonly<Record<string, Setting<unknown>>>): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const rows = Object.entries(settings).map(
    ([name, { form, defaultText, description }]) =>
      `| \`${name}\` | ${cell(form)} | ${cell(defaultText)} | ${cell(description)} |`,
  );
  return ['| Name | Value | Default | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(documentFile, withSettingsTable(readFileSync(documentFile, 'utf8')));
}
