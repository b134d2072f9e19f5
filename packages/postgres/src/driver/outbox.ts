import type { Socket } from 'node:net';

/** Above it the socket gets the messages one by one instead of a copy of all. */
const copyLimit = 65_536;

/** Messages to send. Those written in one turn of the event loop are sent together. */
export class Outbox {
  readonly #socket: Socket;
  #messages: Buffer[] = [];
  #size = 0;
  #isClosed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(...messages: readonly Buffer[]): void {
    if (this.#messages.length === 0) setImmediate(() => this.#flush());
    for (const message of messages) {
      this.#messages.push(message);
      this.#size += message.length;
    }
  }

  /** Drops the messages that have not been sent. */
  close(): void {
    this.#isClosed = true;
    this.#messages = [];
  }

  #flush(): void {
    const [messages, size] = [this.#messages, this.#size];
    this.#messages = [];
    this.#size = 0;
    if (this.#isClosed) return;
    if (size <= copyLimit) {
      this.#socket.write(messages.length === 1 ? messages[0]! : Buffer.concat(messages, size));
      return;
    }
    this.#socket.cork();
    for (const message of messages) this.#socket.write(message);
    this.#socket.uncork();
  }
}
