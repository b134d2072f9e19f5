/**
 * While more requests come than can be answered in time, the rest is refused (503), fairly by caller, so that those let in get their answers in
 * time. Programs and people have gates of their own: a flood of token requests must not close the way to the pages of the sign-in. A client that
 * has shown its secret is a caller by itself; all others are the network that they come from, for anybody can name a client.
 */
import { channel } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { createFairGate, networkOf, type FairGate } from '@dhp/rate-limit';

/** Each undefined where all are let in. */
export interface BusyGates {
  readonly programs: FairGate | undefined;
  readonly people: FairGate | undefined;
  /** Refuses at the end of the turn of the event loop. */
  readonly later: (refuse: () => void) => void;
}

/**
 * Tokens are written together, and take turns of the event loop more than anything else: fewer of them inside would be done no sooner, and the gate,
 * which goes by what is done, would take that for less that can be done.
 */
const fewestPrograms = 128;

/** @param most requests of each kind that this process works on at once; 0 for all that come */
export function openGates(most: number): BusyGates {
  const later = atEndOfTurn();
  if (most === 0) return { programs: undefined, people: undefined, later };
  return {
    programs: createFairGate({ most, fewest: fewestPrograms }),
    people: createFairGate({ most }),
    later,
  };
}

/**
 * A caller that is refused at once sends again at once, and with a thousand connections there is always another request to read in the same turn: it then
 * lasted for seconds, in which nothing that is let in goes on.
 */
function atEndOfTurn(): (refuse: () => void) => void {
  const waiting: (() => void)[] = [];
  return (refuse) => {
    if (waiting.push(refuse) > 1) return;
    setImmediate(() => {
      for (const each of waiting.splice(0)) each();
    });
  };
}

export const callerOf = {
  client: (clientId: string): string => `client ${clientId}`,
  address: (address: string): string => networkOf(address),
};

/**
 * Resolves when the request may begin, with true, or may not, with false. It keeps its place until its answer is ready, not until it is out: who
 * reads slowly must not keep one.
 */
export function enter(
  gate: FairGate,
  caller: string,
  { response, later }: { response: ServerResponse; later: BusyGates['later'] },
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const giveUp = gate.enter(
    caller,
    (leave) => {
      response.once('prefinish', leave).once('close', leave);
      resolve(true);
    },
    () => later(() => resolve(false)),
  );
  if (giveUp !== undefined)
    response.once('close', () => {
      giveUp();
      resolve(false);
    });
  return promise;
}

/** Gets the kind of each refusal: they are counted, and are no records of the trail, for a flood of requests must not become one of records. */
export const busyChannel = 'dhp:sso.busy';
const refusals = channel(busyChannel);

/** Seconds after which who is refused last may come again: not all at the same time. */
const latest = 3;

export function countBusy(): void {
  refusals.publish('server-busy');
}

export const comeAgain = (): string => String(1 + Math.floor(Math.random() * latest));

/** Says in the header fields of a refusal when to come again, and counts it. */
export function tellWhenToComeAgain(response: ServerResponse): void {
  countBusy();
  response.setHeader('Retry-After', comeAgain());
}
