/**
 * While more requests arrive than can be answered in time, the excess is refused (503), fairly by caller, so that admitted requests are
 * answered in time. Programs and people have separate gates: a flood of token requests must not block the pages of the sign-in. A client
 * that has shown its secret is a separate caller; other clients are counted by their network, for anybody can name a client.
 */
import { channel } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { createFairGate, networkOf, type FairGate } from '@dhp/rate-limit';

/** Each is undefined if all requests are admitted. */
export interface BusyGates {
  readonly programs: FairGate | undefined;
  readonly people: FairGate | undefined;
  /** Refuses at the end of the turn of the event loop. */
  readonly later: (refuse: () => void) => void;
}

/**
 * Tokens are written in batches, and mostly wait for turns of the event loop: admitting fewer would not finish them sooner, and the gate,
 * which measures finished work, would take that for a lower capacity.
 */
const fewestPrograms = 128;

/** @param most requests of each kind that this process works on at once; 0 for no limit */
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
 * Defers refusals to the end of the turn. A caller that is refused at once sends again at once, and with a thousand connections there is
 * always another request to read in the same turn: the turn then lasted for seconds, in which no admitted request made progress.
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
 * Resolves to true when the request may begin, or to false if it is refused. It keeps its place until its answer is ready, not until it is
 * sent: a slow reader must not occupy a place.
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

/** The longest delay in seconds that a refused caller is told to wait; the delays vary so that not all come back at the same time. */
const latest = 3;

export function countBusy(): void {
  refusals.publish('server-busy');
}

export const comeAgain = (): string => String(1 + Math.floor(Math.random() * latest));

/** Sets Retry-After on a refusal, and counts the refusal. */
export function tellWhenToComeAgain(response: ServerResponse): void {
  countBusy();
  response.setHeader('Retry-After', comeAgain());
}
