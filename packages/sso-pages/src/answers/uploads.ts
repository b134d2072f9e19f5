/** Forms with a file: multipart/form-data (RFC 7578), as far as browsers write it. */
import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';

/**
 * Parses bodies with files to the same URLSearchParams as other forms, with a file as a data: address. Code that handles a form thus sees
 * one kind of form; the handler decides by the bytes what the file is.
 */
export function acceptUploads(scope: FastifyInstance): void {
  scope.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, (request, body, parsed) => {
    const [, quoted, bare] =
      /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(request.headers['content-type'] ?? '') ?? [];
    const boundary = quoted ?? bare;
    const fields = boundary === undefined ? undefined : fieldsOf(body as Buffer, boundary);
    if (fields === undefined) parsed(Object.assign(new Error('The form cannot be read'), { statusCode: 400 }));
    else parsed(null, fields);
  });
}

/** @returns undefined if the body is not such a form */
export function fieldsOf(body: Buffer, boundary: string): URLSearchParams | undefined {
  // One character for each byte: no byte of a file is lost, and the ends are found as text.
  const text = `\r\n${body.toString('latin1')}`;
  const parts = text.split(`\r\n--${boundary}`);
  if (parts.length < 2 || parts[0] !== '' || !parts.at(-1)!.startsWith('--')) return undefined;
  const fields = new URLSearchParams();
  for (const part of parts.slice(1, -1)) {
    const end = part.indexOf('\r\n\r\n');
    const [, name] = /^content-disposition: *form-data; *name="([^"\r\n]*)"/im.exec(part.slice(0, end)) ?? [];
    if (end < 0 || name === undefined) return undefined;
    const content = Buffer.from(part.slice(end + 4), 'latin1');
    const isFile = /^content-disposition:[^\r\n]*; *filename="/im.test(part.slice(0, end));
    if (!isFile && !isUtf8(content)) return undefined;
    if (!isFile) fields.append(name, content.toString('utf8'));
    else if (content.length > 0) fields.append(name, `data:image/png;base64,${content.toString('base64')}`);
  }
  return fields;
}
