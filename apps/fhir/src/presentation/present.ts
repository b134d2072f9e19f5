/** An answer as the client wants to see it: the last step before it is sent, the same for every route. */
import type { Budget } from '@dhp/budget';
import { contentOfBinary } from '../binary/content-of-binary.ts';
import { fail } from '../http/errors.ts';
import { fhirJson } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { bufferOf, convert, faultOf, limitOf, payFor } from './conversion.ts';
import { LastingBytes } from '../contract/lasting-bytes.ts';
import type { Conversion, Converted, Converter } from '../contract/conversion.ts';
import { largeText } from './converter.ts';
import { plainJson } from './presentation.ts';
import type { Presentation } from '../contract/presentation.ts';

export const fhirXml = 'application/fhir+xml; charset=utf-8';

/**
 * The answer in the requested format, part and layout. A body that is no FHIR resource is returned unchanged, and so is a resource wanted
 * as it is stored. Fails with `xml-impossible` or `not-acceptable`.
 * @param budget limits the cost; absent for the answer to a write, which is already stored and must not be refused any more
 * @throws BudgetSpent
 */
export function present(answer: Answer, presentation: Presentation, budget?: Budget): Answer {
  const { body } = answer;
  const asItIs = unconverted(answer, presentation);
  if (asItIs !== undefined || body === undefined) return asItIs ?? answer;
  const { lasting, ...rest } = answer;
  if (lasting !== undefined && isKept(presentation)) return lastingAs(rest, lasting, presentation);
  return withBody(rest, presentation, shownAs(body, presentation, budget));
}

/** A form of bytes that are sent again and again is made once, but for lists of elements: those are without number. */
function isKept({ subset }: Presentation): boolean {
  return subset?.kind !== 'elements';
}

/** The same, but large bodies are converted in another thread. */
export function presentApart(
  answer: Answer,
  presentation: Presentation,
  { convertApart, budget }: { readonly convertApart: Converter['convert']; readonly budget: Budget | undefined },
): Answer | Promise<Answer> {
  const { lasting, ...rest } = answer;
  const { body } = rest;
  const forms = isKept(presentation) ? lasting?.forms : undefined;
  if (body === undefined || body.length < largeText || forms?.has(nameOf(presentation)) === true)
    return present(answer, presentation, budget);
  const asItIs = unconverted(answer, presentation);
  if (asItIs !== undefined) return asItIs;
  return convertApart(body, conversionTo(presentation, budget)).then((converted) => {
    const bytes = bytesOf(converted, budget);
    if (forms === undefined) return withBody(rest, presentation, bytes);
    forms.set(nameOf(presentation), new LastingBytes(bytes));
    return present(answer, presentation, budget);
  });
}

function nameOf({ format, isPretty, subset }: Presentation): string {
  return `${format} ${isPretty} ${subset?.kind}`;
}

/** Returns the answer if it needs no conversion; undefined otherwise. */
function unconverted(answer: Answer, presentation: Presentation): Answer | undefined {
  const { body, headers } = answer;
  if (presentation === plainJson || body === undefined || headers['content-type'] !== fhirJson) return answer;
  if (presentation.raw !== undefined) {
    const raw = contentOfBinary(answer, presentation.raw);
    if (raw !== undefined) return raw;
  }
  if (presentation.isOnlyRaw) {
    const diagnostics = 'Accept names neither the media type of this Binary nor application/fhir+json or +xml.';
    fail('not-acceptable', {}, { diagnostics });
  }
  return undefined;
}

function withBody(answer: Answer, { format }: Presentation, body: Buffer): Answer {
  return { ...answer, headers: { ...answer.headers, 'content-type': format === 'xml' ? fhirXml : fhirJson }, body };
}

/**
 * The answer with its parts joined, if it is wanted in another form than theirs.
 * @throws BudgetSpent for an answer that is larger than the request may hold
 */
export async function whole(answer: Answer, budget: Budget): Promise<Answer> {
  const { stream, ...rest } = answer;
  if (stream === undefined) return answer;
  const parts: Buffer[] = [];
  for await (const part of stream) {
    budget.hold(part.length, 'an answer in one piece');
    parts.push(part);
  }
  return { ...rest, body: Buffer.concat(parts) };
}

function shownAs(body: Buffer | string, presentation: Presentation, budget?: Budget): Buffer {
  return bytesOf(convert(body.toString(), conversionTo(presentation, budget)), budget);
}

function conversionTo({ format, isPretty, subset }: Presentation, budget: Budget | undefined): Conversion {
  return { to: 'show', format, isPretty, subset, ...limitOf(budget) };
}

function bytesOf(converted: Converted, budget: Budget | undefined): Buffer {
  payFor(converted, budget, 'the conversion of an answer');
  if ('bytes' in converted) return bufferOf(converted.bytes);
  const { message, path } = faultOf(converted);
  fail('xml-impossible', {}, { diagnostics: message, expression: path === '' ? undefined : path });
}

function lastingAs(answer: Answer, { bytes, forms }: LastingBytes, presentation: Presentation): Answer {
  const name = nameOf(presentation);
  let form = forms.get(name);
  if (form === undefined) forms.set(name, (form = new LastingBytes(shownAs(bytes, presentation))));
  return { ...withBody(answer, presentation, form.bytes), lasting: form };
}
