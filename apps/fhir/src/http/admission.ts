/**
 * Room in memory: the bodies that are received and worked on at the same time, and the bytes held for answers, are admitted up to a limit
 * of the process. A request that does not fit is refused before it is read, and may be sent again a little later.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getHeapStatistics } from 'node:v8';
import { Budget, BudgetSpent } from '@dhp/budget';
import type { HttpReply, HttpRequest } from '../contract/http.ts';

/** Bodies from this size on are large: together they may take a quarter of the room, so that small requests always find some, and few of them wait in memory to be worked on. */
export const largeBody = 1024 ** 2;

/** A sender has ten seconds, and one more for each 256 KiB, before the room is given to others. */
const patience = { start: 10_000, bytesPerSecond: 256 * 1024 };

export interface Admission {
  /** All bytes held in the process; those held for the answer to a request are included. */
  readonly whole: Budget;
  /** The room of a request until its answer is out. */
  readonly open: (request: HttpRequest, reply: HttpReply) => Room;
}

export interface Room {
  /** Takes room for bytes of the body. @throws BudgetSpent of the scope `server` if there is no room */
  readonly hold: (bytes: number) => void;
  /** Budget of other memory that the request holds; it is given back together with the room. */
  readonly give: (budget: Budget) => void;
  /** Keeps the room until the work has ended, also when the caller goes away before: the memory is in use until then. */
  readonly keep: (work: Promise<unknown>) => void;
}

/** A sixteenth of the heap, and at least enough for two of the largest bodies. */
export function defaultRoom(bodyLimit: number): number {
  return Math.max(Math.floor(getHeapStatistics().heap_size_limit / 16), 2 * bodyLimit);
}

/** @param limit bytes; large bodies may take a quarter of it, and one of the largest always fits */
export function openAdmission(limit: number, bodyLimit: number): Admission {
  const whole = new Budget({ bytes: Math.max(limit, bodyLimit) }, 'server');
  const large = whole.part({ bytes: Math.max(Math.floor(limit / 4), bodyLimit) }, 'server');
  return { whole, open: (request, reply) => new HeldRoom({ whole, large }, request.raw, reply.raw) };
}

/** One request's. */
class HeldRoom implements Room {
  readonly #whole: Budget;
  readonly #large: Budget;
  readonly #request: IncomingMessage;
  #from: Budget;
  #held = 0;
  /** The answer, and pieces of work. Without any, the room is given back for good. */
  #users = 1;
  #budgets: Budget[] | undefined;
  #waited = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #leave = (): void => {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#from.release(this.#held);
    for (const budget of this.#budgets ?? []) budget.end();
  };

  constructor({ whole, large }: { whole: Budget; large: Budget }, request: IncomingMessage, response: ServerResponse) {
    this.#whole = whole;
    this.#large = large;
    this.#from = whole;
    this.#request = request;
    const over = (): void => {
      clearTimeout(this.#timer);
      this.#leave();
    };
    // A client that disconnected while the caller was looked up sends no second event. Room taken now is released as for one that
    // disconnects later.
    if (response.closed) queueMicrotask(over);
    else response.once('close', over);
  }

  hold(bytes: number): void {
    // A body may still be decompressed when the caller has gone.
    if (this.#users === 0) throw new BudgetSpent('bytes', 0, 'bodies of requests', 'server');
    if (this.#from === this.#whole && this.#held + bytes > largeBody) {
      this.#large.hold(this.#held + bytes, 'bodies of requests');
      this.#whole.release(this.#held);
      this.#from = this.#large;
    } else this.#from.hold(bytes, 'bodies of requests');
    this.#held += bytes;
    if (this.#timer === undefined) this.#wait(patience.start);
  }

  give(budget: Budget): void {
    if (this.#users === 0) budget.end();
    else (this.#budgets ??= []).push(budget);
  }

  keep(work: Promise<unknown>): void {
    if (this.#users === 0) return;
    this.#users += 1;
    work.then(this.#leave, this.#leave);
  }

  #wait(milliseconds: number): void {
    this.#waited += milliseconds;
    this.#timer = setTimeout(() => this.#expire(), milliseconds).unref();
  }

  #expire(): void {
    if (this.#request.complete) return;
    const left = patience.start + Math.ceil((this.#held / patience.bytesPerSecond) * 1000) - this.#waited;
    if (left > 0) this.#wait(left);
    else this.#request.destroy();
  }
}

/**
 * Takes room for the bytes of Content-Length, before a body is read.
 * @throws BudgetSpent of the scope `server`
 */
export function admitBody(room: Room, request: HttpRequest, bodyLimit: number): void {
  const length = Number(request.headers['content-length'] ?? 0);
  // A body above the limit is refused for its size instead.
  if (request.headers['content-encoding'] === undefined && length <= bodyLimit) room.hold(length);
}
