import type { Answer } from '../contract/answer.ts';

/** One token, a slash, one token, and parameters without anything that could end a header. RFC 9110 section 8.3.1 */
const mediaTypeForm =
  /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}(?:\s*;\s*[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*$/;

/**
 * The answer with the content of the Binary in place of the resource; undefined when it holds none, or the client does not take
 * its media type. https://hl7.org/fhir/R5/binary.html#rest
 *
 * The content was uploaded by somebody: a browser must neither guess another type nor run it, so it is a download, and sandboxed if shown
 * all the same. Every answer has the field against guessing (`framework.ts`).
 */
export function contentOfBinary(answer: Answer, isWanted: (contentType: string) => boolean): Answer | undefined {
  const { status, headers, body } = answer;
  if (status !== 200 || body === undefined) return undefined;
  const binary = JSON.parse(body.toString()) as Record<string, unknown>;
  const { resourceType, id, contentType, data, securityContext } = binary;
  if (resourceType !== 'Binary' || typeof contentType !== 'string' || typeof data !== 'string') return undefined;
  const type = mediaTypeForm.test(contentType) ? contentType : 'application/octet-stream';
  if (!isWanted(type)) return undefined;
  const reference = (securityContext as { reference?: unknown } | null | undefined)?.reference;
  const isSendable = typeof reference === 'string' && /^[\x21-\x7e]+$/.test(reference);
  return {
    ...answer,
    headers: {
      ...headers,
      'content-type': type,
      'content-disposition': `attachment; filename="${String(id)}"`,
      'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox",
      ...(isSendable ? { 'x-security-context': reference } : {}),
    },
    body: Buffer.from(data, 'base64'),
  };
}
