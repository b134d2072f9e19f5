/** Forms that the engine reads from the request itself, and would read whatever is in them. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { isDecodable } from '@dhp/web-kit';

/** Makes the reading of the body fail at its end where it is no percent-encoded UTF-8: the engine then refuses it as one it cannot parse. */
export function requireReadableForm(request: IncomingMessage): void {
  const read = request.iterator.bind(request);
  request.iterator = (options) => untilUnreadable(read(options) as AsyncIterable<Buffer>);
}

async function* untilUnreadable(chunks: AsyncIterable<Buffer>): NodeJS.AsyncIterator<Buffer> {
  const whole: Buffer[] = [];
  for await (const chunk of chunks) {
    whole.push(chunk);
    yield chunk;
  }
  const body = Buffer.concat(whole);
  if (!isUtf8(body) || !isDecodable(body.toString())) throw new Error('the form is no percent-encoded UTF-8');
}
