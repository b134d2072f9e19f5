/** A line of an import as the write that it asks for. */
import { isId, isResourceType, type JsonSource } from '@dhp/fhir-model';
import { receiveText, receiveTextInParts } from '../../http/body.ts';
import { failure, Failure } from '../../http/errors.ts';
import type { EntryOfJob } from '../../contract/jobs.ts';
import type { ImportMode } from './asked.ts';
import type { RawLine } from './lines.ts';

/** A line that is a resource. */
export interface ParsedLine {
  readonly number: number;
  readonly place: number;
  readonly end: number;
  readonly text: string;
  /** `Type/id`; '' of one that gets an id of the server. */
  readonly name: string;
  /** The entry of a transaction that writes it. */
  readonly entry: EntryOfJob;
}

/** Lines of which no one waits for long. */
const small = 128 * 1024;

/** @returns the failure for a line that is not a writable resource @param most bytes of a line */
export async function parsedLine(
  { number, place, end, bytes }: RawLine,
  { mode, type, most }: { readonly mode: ImportMode; readonly type: string; readonly most: number },
): Promise<ParsedLine | Failure> {
  if (bytes === undefined) return refused('long', `It has more than ${most} bytes.`);
  let source: JsonSource;
  try {
    source = bytes.length < small ? receiveText(bytes) : await receiveTextInParts(bytes);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  if (source.root !== 'object') return refused('object', `It is a JSON ${source.root}, not an object.`);
  const { text } = source;
  const own = valueOf(source, 'resourceType');
  if (typeof own !== 'string' || !isResourceType(own))
    return refused('untyped', `resourceType is ${shown(own)}, which is no type of R5.`);
  if (type !== '' && own !== type) return refused('different', `It is a ${own}; the input was said to have ${type}.`);
  const id = valueOf(source, 'id');
  if (id === undefined && mode === 'create') {
    const request = `{"method":"POST","url":"${own}"}`;
    return { number, place, end, text, name: '', entry: { resource: text, request } };
  }
  if (typeof id !== 'string' || !isId(id))
    return refused('unnamed', `id is ${shown(id)}. A line has an id of 1 to 64 letters, digits, - and dots.`);
  const name = `${own}/${id}`;
  const condition = mode === 'create' ? ',"ifNoneMatch":"*"' : '';
  const request = `{"method":"PUT","url":"${name}"${condition}}`;
  return { number, place, end, text, name, entry: { resource: text, request } };
}

function refused(reason: string, diagnostics: string): Failure {
  return failure('import-line-refused', { reason }, { diagnostics });
}

function valueOf({ text, members }: JsonSource, name: string): unknown {
  const span = members.get(name);
  return span === undefined ? undefined : JSON.parse(text.slice(span.start, span.end));
}

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 100);
}
