/**
 * Writes docs/errors.md, and the pages about errors at the portal, from the catalogue: `node apps/fhir/src/errors-doc.ts --write`. A test
 * compares them, so that they cannot drift from the server's answers.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { errorCatalogue, type CatalogueEntry, type ErrorCode } from './http/error-catalogue/index.ts';
import { exampleOf, shownHeaders, withNames, writeErrorPages } from './error-pages.ts';
import { notices, noticeOutcome, type NoticeCode } from './http/notices.ts';
import { codeSystem } from './http/outcome.ts';
import { languages as platformLanguages } from '@dhp/negotiation';
import { errorMessages } from './texts/error.ts';
import { errorCauseMessages } from './texts/error-cause.ts';
import { errorRemedyMessages } from './texts/error-remedy.ts';
import { searchNoticeMessages } from './texts/search-notice.ts';
import { searchNotices, type SearchNoticeCode } from './search/search-notices.ts';

const target = new URL('../../../docs/errors.md', import.meta.url);
const prose = new URL('errors-doc.md', import.meta.url);

/** The whole document: the prose, with the tables and sections of the catalogue in the places of `{{…}}`. */
export function errorsDocument(): string {
  const parts: Record<string, string> = {
    codeSystem,
    example: exampleOf('version-mismatch').body,
    statuses: statusList(),
    codes: codeSections(),
    notices: noticeTable(),
    searchNotices: searchNoticeTable(),
  };
  return readFileSync(prose, 'utf8').replace(/\{\{(\w+)\}\}/g, (place, name: string) => parts[name] ?? place);
}

/** The document as it is in docs/. */
export function writtenDocument(): string {
  return readFileSync(target, 'utf8');
}

const codes = Object.keys(errorCatalogue) as ErrorCode[];
const entryOf = (code: ErrorCode): CatalogueEntry => errorCatalogue[code];

function statuses(): number[] {
  return [...new Set(codes.map((code) => entryOf(code).status))].sort((a, b) => a - b);
}

function statusList(): string {
  return statuses()
    .map((status) => {
      const here = codes.filter((code) => entryOf(code).status === status);
      return `- **${titleOf(status)}**: ${here.map((code) => `[\`${code}\`](#${code})`).join(', ')}`;
    })
    .join('\n');
}

function titleOf(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ''}`;
}

function codeSections(): string {
  return statuses()
    .map((status) => {
      const sections = codes.filter((code) => entryOf(code).status === status).map(section);
      return [`### ${titleOf(status)}`, ...sections].join('\n\n');
    })
    .join('\n\n');
}

function section(code: ErrorCode): string {
  const entry = entryOf(code);
  const { headers, body } = exampleOf(code);
  const fields = shownHeaders(headers).map((line) => `\n- Header: \`${line}\``);
  const sentences = platformLanguages.map((one) => `- ${one}: ${withNames(errorMessages[one][code])}`);
  return [
    `#### ${code}`,
    `- When: ${withNames(errorCauseMessages.en[code])}\n- What to do: ${withNames(errorRemedyMessages.en[code])}\n- FHIR issue code: \`${entry.issue}\`${fields.join('')}`,
    sentences.join('\n'),
    '```json\n' + body + '\n```',
  ].join('\n\n');
}

function noticeTable(): string {
  const about = { type: 'Patient', id: '1', versionId: 3 };
  const rows = (Object.keys(notices) as NoticeCode[]).map((code) => {
    const { severity, issue } = notices[code];
    const outcome = JSON.parse(noticeOutcome(code, about, 'en')) as { issue: [{ details: { text: string } }] };
    return [`\`${code}\``, `\`${severity}\``, `\`${issue}\``, outcome.issue[0].details.text];
  });
  return table([['Code', 'Severity', 'Issue code', 'Text (en)'], ...rows]);
}

function searchNoticeTable(): string {
  const rows = (Object.keys(searchNotices) as SearchNoticeCode[]).map((code) => {
    const { severity, issue } = searchNotices[code];
    return [`\`${code}\``, `\`${severity}\``, `\`${issue}\``, withNames(searchNoticeMessages.en[code])];
  });
  return table([['Code', 'Severity', 'Issue code', 'Text (en)'], ...rows]);
}

/** A table with aligned columns, as Prettier writes it; the first row is its head. */
export function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[], fill: string): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [
    line(head, ' '),
    line(
      head.map(() => ''),
      '-',
    ),
    ...body.map((row) => line(row, ' ')),
  ].join('\n');
}

if (import.meta.main && process.argv.includes('--write')) {
  writeFileSync(target, errorsDocument());
  writeErrorPages();
}
