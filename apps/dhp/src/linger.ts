/**
 * A refusal is often out before the body is in. Who closes the connection then makes the system answer what still comes with a reset, by which
 * callers, and proxies in between, lose the answer too. So the other half stays open for a while, and what comes is thrown away.
 * https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 */
import type { Socket } from 'node:net';

/** Milliseconds for who does not stop to send: by then an answer has arrived. */
const patience = 5_000;

/** @param isComplete whether all of the request that was answered last has come */
export function lingerOnClose(socket: Socket, isComplete: () => boolean): void {
  const destroySoon = socket.destroySoon.bind(socket);
  socket.destroySoon = () => {
    if (socket.destroyed || socket.readableEnded || isComplete()) {
      destroySoon();
      return;
    }
    socket.end();
    const timer = setTimeout(() => socket.destroy(), patience);
    socket.once('close', () => clearTimeout(timer));
    socket.once('end', () => socket.destroy());
    socket.resume();
  };
}
