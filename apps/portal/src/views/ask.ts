/**
 * Requests of the pages of views to the FHIR server: the first rows of a view, all of them, and files of them. https://sql-on-fhir.org/ig/
 */
import type { NationalView } from '@dhp/sql-on-fhir/library';
import type { Call, Caller, NotAnswered } from '../bulk/fhir.ts';
import { Counter, type Counted, type Row } from './tally.ts';

export const tableFormats = ['csv', 'ndjson', 'parquet'] as const;
export type TableFormat = (typeof tableFormats)[number];

/** Rows of a preview. */
export const previewed = 20;

const operation = '/$viewdefinition-run';

/** @param o.limit rows at most */
export function runCall(definition: unknown, format: TableFormat, { limit }: { readonly limit?: number } = {}): Call {
  const parameter = [
    { name: 'viewResource', resource: asResource(definition) },
    { name: '_format', valueCode: format },
    ...(limit === undefined ? [] : [{ name: '_limit', valueInteger: limit }]),
  ];
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  const headers = { 'content-type': 'application/fhir+json', accept: '*/*' };
  return { method: 'POST', path: operation, headers, body, isReading: true };
}

export function exportCall(definition: unknown, format: string): Call {
  const parameter = [
    { name: 'view', part: [{ name: 'viewResource', resource: asResource(definition) }] },
    { name: '_format', valueCode: format },
  ];
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  const headers = { 'content-type': 'application/fhir+json', prefer: 'respond-async' };
  return { method: 'POST', path: '/$viewdefinition-export', headers, body };
}

/**
 * Parameters contain resources, which state their type; a definition need not. A value that is not an object is passed unchanged, and
 * refused.
 */
function asResource(definition: unknown): unknown {
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) return definition;
  return { resourceType: 'ViewDefinition', ...definition };
}

/** The first rows. */
export async function preview(caller: Caller, definition: unknown): Promise<readonly Row[] | NotAnswered> {
  const answered = await caller.call(runCall(definition, 'ndjson', { limit: previewed }));
  if ('not' in answered) return answered;
  const lines = answered.text.split('\n').filter((line) => line !== '');
  // The last line of a cut text is incomplete.
  return (answered.isCut ? lines.slice(0, -1) : lines).slice(0, previewed).map((line) => JSON.parse(line) as Row);
}

/** `cut`: the server has ended the table early, as it costs more than a request may. */
export async function count(
  caller: Caller,
  { definition, tally }: NationalView,
): Promise<Counted | NotAnswered | 'cut'> {
  const call = runCall(definition, 'ndjson');
  const opened = await caller.open(call, AbortSignal.timeout(60_000));
  if ('not' in opened) return opened;
  const counter = new Counter(tally);
  try {
    let rest = '';
    for await (const piece of (opened.body ?? new Blob().stream()).pipeThrough(new TextDecoderStream())) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop()!;
      for (const line of lines) if (line !== '') counter.add(JSON.parse(line) as Row);
    }
    if (rest !== '') counter.add(JSON.parse(rest) as Row);
    return counter.counted();
  } catch {
    return 'cut';
  }
}
