import type { IncomingHttpHeaders } from 'node:http';
import { fail } from '../http/errors.ts';

/** A reference to a resource of this server, or an absolute URL. */
const referenceForm = /^(?:[A-Z][A-Za-z]{0,63}\/[A-Za-z0-9\-.]{1,64}|[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,2000})$/;

/**
 * The Binary resource, as JSON, that a body of any media type becomes. `X-Security-Context` names the resource whose access
 * rules hold for it. Fails with `security-context-invalid`. https://hl7.org/fhir/R5/binary.html#rest
 * @param id of the address, for an update
 */
export function binaryOfContent(content: Buffer, headers: IncomingHttpHeaders, id: string | undefined): Buffer {
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
  // Base64 has nothing to escape; to look through many megabytes for that would keep others waiting.
  const data = content.length === 0 ? '' : `,"data":"${content.toString('base64')}"`;
  return Buffer.from(`${text.slice(0, -1)}${data}}`);
}
