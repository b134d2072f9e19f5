/** Bodies that need no work of the web framework: JSON as it is, with a Content-Length within the limit. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** JSON, in UTF-8 as all JSON is. Other ways to write the same go to the framework. */
const jsonTypes = /^application\/(?:fhir\+json|json|json-patch\+json)(?:; ?charset=utf-8)?$/i;
const digits = /^[1-9]\d{0,15}$/;

/** @param limit bytes that are accepted; the framework refuses longer bodies */
export function isPlainBody(headers: IncomingHttpHeaders, limit: number): boolean {
  const { 'content-type': type, 'content-length': length } = headers;
  return (
    type !== undefined &&
    length !== undefined &&
    jsonTypes.test(type) &&
    digits.test(length) &&
    Number(length) <= limit &&
    headers['content-encoding'] === undefined &&
    headers['transfer-encoding'] === undefined
  );
}

/**
 * Reads a body to its end, of which Node has seen that it is as long as it says. Its parts are put together as they come: a large body is
 * held once, and copied at no one go.
 * @param done gets the failure of a connection that ends before, with the status of a request that cannot be read
 */
export function readWhole(request: IncomingMessage, done: (error: Error | undefined, body?: Buffer) => void): void {
  const length = Number(request.headers['content-length']);
  let body: Buffer | undefined;
  let filled = 0;
  let isOver = false;
  const end = (error?: Error): void => {
    if (isOver) return;
    isOver = true;
    if (error === undefined) done(undefined, body);
    else done(Object.assign(error, { statusCode: 400 }));
  };
  request
    .on('data', (part: Buffer) => {
      if (part.length === length) body = part;
      else filled += part.copy((body ??= Buffer.allocUnsafe(length)), filled);
    })
    .on('end', () => {
      end();
    })
    .on('error', end)
    // A sender that is too slow is cut off without an error. Every request is closed in the end, and the stack of an error takes longer than the body.
    .on('close', () => {
      if (!isOver) end(new Error('The connection ended within the body.'));
    });
}
