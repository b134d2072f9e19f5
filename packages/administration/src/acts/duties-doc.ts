/** The table of duties as docs/administration.md has it. `node packages/administration/src/acts/duties-doc.ts --write` writes it there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { acts } from './acts.ts';
import { duties, guards, type Duty } from './duties.ts';

const begin = '<!-- duties: begin -->';
const end = '<!-- duties: end -->';

/** With the marks around it. */
export function documented(): string {
  const rows = duties.map((duty) => [actOf(duty), whoMay(duty), never(duty)]);
  const head = ['Act', 'Who may', 'Never'];
  const widths = head.map((title, n) => Math.max(title.length, ...rows.map((row) => row[n]!.length)));
  const line = (cells: string[]): string => `| ${cells.map((cell, n) => cell.padEnd(widths[n]!)).join(' | ')} |`;
  const table = [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
  return `${begin}\n\n${table}\n\n${end}`;
}

function actOf({ act, page }: Duty): string {
  return [act, page === undefined ? undefined : `page ${page}`]
    .filter((one) => one !== undefined)
    .map((one) => `\`${one.replaceAll('|', ' or ')}\``)
    .join(', ');
}

function whoMay({ act, page, by }: Duty): string {
  const scope = acts.find(({ method, path }) => `${method} ${path}` === act)?.scope;
  const atPages = page === undefined ? undefined : (by ?? 'platform administrators');
  return [scope === undefined ? undefined : `\`${scope}\``, atPages].filter((one) => one !== undefined).join(', ');
}

function never(duty: Duty): string {
  return duty.never.map((guard) => guards[guard]).join('; ') || '-';
}

if (process.argv[2] === '--write') {
  const file = new URL('../../../../docs/administration.md', import.meta.url);
  const text = readFileSync(file, 'utf8');
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < 0) throw new Error('docs/administration.md has no marks for the table of duties');
  writeFileSync(file, text.slice(0, before) + documented() + text.slice(after + end.length));
}
