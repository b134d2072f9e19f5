/** An answer that is ready before the body of its request has arrived. */
import { ServerResponse, type IncomingMessage } from 'node:http';

/** Bytes of a body that are awaited and discarded: several times the largest accepted size. */
export const mostAwaited = 32 * 1024 ** 2;
/** Milliseconds for which they are waited for. */
const longest = 5_000;

/**
 * A refusal is often ready before the body has arrived. A proxy in front forwards it at once and closes the connection of a caller who is
 * still sending; the system answers the further data with a reset, by which the caller loses the refusal. So a refusal is sent when the
 * body has arrived, which is discarded; if it is too long or takes too long, at once. It may be sent earlier (RFC 9112 section 9.3), but no
 * client needs that.
 */
export class PatientResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  #isBegun = false;
  #isWaiting = false;

  override write(...given: [unknown, ...unknown[]]): boolean {
    this.#isBegun = true;
    return super.write(...(given as Parameters<ServerResponse['write']>));
  }

  override end(...given: unknown[]): this {
    if (this.#isWaiting) return this;
    const end = (): this => super.end(...(given as Parameters<ServerResponse['end']>));
    if (this.#isBegun || this.req.complete || isTooLong(this.req)) return end();
    this.#isWaiting = true;
    whenIn(this.req, end);
    return this;
  }
}

function isTooLong({ headers, destroyed }: IncomingMessage): boolean {
  return destroyed || Number(headers['content-length'] ?? 0) > mostAwaited;
}

/** @param done is called once: when the body has arrived, has become too long or takes too long, or the connection has ended */
function whenIn(request: IncomingMessage, done: () => void): void {
  let bytes = 0;
  const count = (part: Buffer | string): void => {
    bytes += part.length;
    if (bytes > mostAwaited) settle();
  };
  const settle = (): void => {
    clearTimeout(timer);
    request.off('data', count).off('end', settle).off('close', settle);
    done();
  };
  const timer = setTimeout(settle, longest);
  request.unpipe();
  request.on('data', count).once('end', settle).once('close', settle).resume();
}
