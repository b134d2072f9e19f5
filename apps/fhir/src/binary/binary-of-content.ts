import type { IncomingHttpHeaders } from 'node:http';
import { createPauses } from '@dhp/budget';
import { fail } from '../http/errors.ts';

/** A reference to a resource of this server, or an absolute URL. */
const referenceForm = /^(?:[A-Z][A-Za-z]{0,63}\/[A-Za-z0-9\-.]{1,64}|[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,2000})$/;

/**
 * The Binary resource, as JSON, that a body of any media type becomes. `X-Security-Context` names the resource whose access
 * rules hold for it. Fails with `security-context-invalid`. https://hl7.org/fhir/R5/binary.html#rest
 * @param id of the address, for an update
 */
export async function binaryOfContent(
  content: Buffer,
  headers: IncomingHttpHeaders,
  id: string | undefined,
): Promise<Buffer> {
  const context = headers['x-security-context'];
  if (context !== undefined && (typeof context !== 'string' || !referenceForm.test(context))) {
    const diagnostics = `X-Security-Context is ${JSON.stringify(context)}; it is a reference such as Patient/1.`;
    fail('security-context-invalid', {}, { diagnostics });
  }
  // A code: single spaces only.
  const contentType = (headers['content-type'] ?? '').trim().replace(/\s+/g, ' ');
  const resource = {
    resourceType: 'Binary',
    id,
    contentType,
    securityContext: context === undefined ? undefined : { reference: context },
  };
  const text = JSON.stringify(resource);
  if (content.length === 0) return Buffer.from(text);
  return withBase64(`${text.slice(0, -1)},"data":"`, content, '"}');
}

/** Bytes that are encoded at a time; a multiple of three, so that there is padding at the end alone. */
const part = 3 * 256 * 1024;

/** The bytes as base64 between two texts of ASCII. Others get their turn while a content of many megabytes is encoded. */
async function withBase64(before: string, content: Buffer, after: string): Promise<Buffer> {
  const length = 4 * Math.ceil(content.length / 3);
  const whole = Buffer.allocUnsafe(Buffer.byteLength(before) + length + after.length);
  let at = whole.write(before);
  const pause = createPauses();
  for (let from = 0; from < content.length; from += part) {
    const due = pause();
    if (due !== undefined) await due;
    at += whole.write(content.toString('base64', from, Math.min(from + part, content.length)), at, 'latin1');
  }
  whole.write(after, at);
  return whole;
}
