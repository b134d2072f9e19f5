/** The form of a table in an answer. https://sql-on-fhir.org/ig/operations-common.html#content-negotiation */
import { mediaTypes, type TableFormat } from '@dhp/sql-on-fhir';
import { acceptedType } from '../../http/accept.ts';
import { fail } from '../../http/errors.ts';
import { invalid } from '../input.ts';

/** Forms that a table can have. */
export type AnyFormat = TableFormat | 'parquet';

export interface TableForm {
  readonly format: AnyFormat;
  /** Whether the table is the content of a Binary. */
  readonly isWrapped: boolean;
}

const formats: readonly AnyFormat[] = ['ndjson', 'json', 'csv', 'fhir', 'parquet'];
const bytes = 'application/octet-stream';

const namesOf: Readonly<Record<AnyFormat, readonly string[]>> = {
  ndjson: [mediaTypes.ndjson, 'application/ndjson'],
  json: [mediaTypes.json],
  csv: [mediaTypes.csv],
  fhir: [mediaTypes.fhir],
  parquet: [mediaTypes.parquet],
};

/**
 * `_format` takes precedence over Accept; without either it is NDJSON. FHIR's own media type requests Parameters, and beside another
 * `_format` a Binary. Fails with `parameter-invalid` for an unknown format, `not-acceptable` if Accept permits none.
 */
export function tableForm(named: string | undefined, accept: string | undefined): TableForm {
  if (named !== undefined) return namedForm(named, accept);
  if (accept === undefined) return { format: 'ndjson', isWrapped: false };
  const offered = [...formats.map((format) => namesOf[format]), [bytes]];
  const at = acceptedType(accept, offered);
  if (at === undefined) {
    const diagnostics = `Accept is ${JSON.stringify(accept)}; available are ${offered.flat().join(', ')}.`;
    fail('not-acceptable', {}, { diagnostics });
  }
  return { format: formats[at] ?? 'ndjson', isWrapped: false };
}

/** One of some forms by its code or media type. Fails with `parameter-invalid` for another. */
export function formatNamed<Format extends AnyFormat>(named: string, among: readonly Format[]): Format {
  const code = named.toLowerCase();
  const format = among.find((each) => each === code || namesOf[each].includes(code));
  if (format !== undefined) return format;
  return invalid('_format', `_format is ${among.join(', ')}, not ${JSON.stringify(named.slice(0, 100))}.`);
}

function namedForm(named: string, accept: string | undefined): TableForm {
  const format = formatNamed(named, formats);
  const raw = [...namesOf[format], bytes, mediaTypes.json];
  const isWrapped = format !== 'fhir' && accept !== undefined && acceptedType(accept, [raw, namesOf.fhir]) === 1;
  return { format, isWrapped };
}

/** Bytes as base64, piece by piece: three bytes make four characters, so the rest of a piece waits for the next one. */
export async function* wrapped(format: AnyFormat, parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from(`{"resourceType":"Binary","contentType":"${mediaTypes[format]}","data":"`);
  let rest: Buffer = Buffer.alloc(0);
  for await (const part of parts) {
    const all = Buffer.concat([rest, part]);
    const whole = all.length - (all.length % 3);
    rest = all.subarray(whole);
    if (whole > 0) yield Buffer.from(all.toString('base64', 0, whole));
  }
  yield Buffer.from(`${rest.toString('base64')}"}`);
}
