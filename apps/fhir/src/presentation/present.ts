/** An answer as the client wants to see it: the last step before it is sent, the same for every route. */
import { jsonToXml, XmlFault } from '@dhp/fhir-xml';
import { contentOfBinary } from '../binary/content-of-binary.ts';
import { fail } from '../http/errors.ts';
import { fhirJson, type Answer } from '../http/respond.ts';
import { parseExactly, type JsonObject } from './exact-json.ts';
import { plainJson, type Presentation } from './presentation.ts';
import { subsetOf } from './subset.ts';

export const fhirXml = 'application/fhir+xml; charset=utf-8';

/**
 * The answer in the format, the part and the layout asked for. What is no FHIR resource stays as it is, and so does all that
 * is wanted as it is stored. Fails with `xml-impossible` or `not-acceptable`.
 */
export function present(answer: Answer, presentation: Presentation): Answer {
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
  const contentType = presentation.format === 'xml' ? fhirXml : fhirJson;
  const shown = answer.isLasting === true ? lastingAs(body, presentation) : shownAs(body, presentation);
  return { ...answer, headers: { ...headers, 'content-type': contentType }, body: shown };
}

/** The answer with its parts put together, where it is wanted in another form than they have. */
export async function whole(answer: Answer): Promise<Answer> {
  const { stream, ...rest } = answer;
  if (stream === undefined) return answer;
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return { ...rest, body: Buffer.concat(parts) };
}

function shownAs(body: Buffer | string, { format, isPretty, subset }: Presentation): Buffer {
  let text = body.toString();
  if (subset !== undefined || (isPretty && format === 'json')) {
    const resource = parseExactly(text) as JsonObject;
    const part = subset === undefined ? resource : subsetOf(resource, subset);
    text = JSON.stringify(part, null, isPretty ? 2 : 0);
  }
  return Buffer.from(format === 'xml' ? xmlOf(text, isPretty) : text);
}

function xmlOf(text: string, pretty: boolean): string {
  try {
    return jsonToXml(text, { pretty });
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error;
    const { message, path } = error;
    fail('xml-impossible', {}, { diagnostics: message, expression: path === '' ? undefined : path });
  }
}

/** What was made of bodies that are sent again and again, to everybody who asks. */
const lasting = new WeakMap<object, Map<string, Buffer>>();

function lastingAs(body: Buffer | string, presentation: Presentation): Buffer {
  const { format, isPretty, subset } = presentation;
  // Lists of elements are without number.
  if (typeof body === 'string' || subset?.kind === 'elements') return shownAs(body, presentation);
  const made = lasting.get(body) ?? new Map<string, Buffer>();
  lasting.set(body, made);
  const key = `${format} ${isPretty} ${subset?.kind}`;
  const shown = made.get(key) ?? shownAs(body, presentation);
  made.set(key, shown);
  return shown;
}
