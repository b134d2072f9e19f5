/** Questions of one caller to a server with everything, and to one with what the caller can read there one by one. */
import type { PolicySet } from '@dhp/access-policies';
import { startServer, type TestServer } from '../environment.ts';
import { activatePolicies } from '../policies.ts';
import { put } from '../searches.ts';
import { noting, seenAlike, type Asker } from './seen-alike.ts';
import { askedAlike, putInTime, seenBy, Side, worldTime, type Asked, type OnAnswer } from './side.ts';
import type { Resource } from './world.ts';

export interface Narrowed {
  /** By which a difference is named. */
  readonly seed: number;
  readonly everything: readonly Resource[];
  /** Puts the policies into force; absent: as they are. */
  readonly activate?: (server: TestServer, policies: PolicySet) => Promise<unknown>;
  readonly policies: PolicySet;
  readonly caller: Record<string, unknown>;
  /** Paths that are read, or whatever else changes nothing. */
  readonly questions: readonly (string | Asked)[];
  /** Stores a resource, with what else there is of it. */
  readonly putOne?: (server: TestServer, resource: Resource) => Promise<void>;
  /** The same on the server with what the caller sees (default: `putOne`): earlier versions differ that the caller does not see, as the first server tells. */
  readonly putOther?: (full: Side) => Promise<(server: TestServer, resource: Resource) => Promise<void>>;
  /** Changes some resources when all are stored, on both servers alike (default: none). @param at sets the time to that of an event */
  readonly then?: (server: TestServer, stored: readonly Resource[], at: (event: number) => void) => Promise<void>;
  /** Resources that both have, whether the caller sees them or not (default: none). */
  readonly alsoStored?: (resource: Resource) => boolean;
  /** Resources whose versions are asked about together, too, as whoever holds them does (default: none). */
  readonly inHand?: readonly Resource[];
  /** Called after each question. */
  readonly onAnswer?: OnAnswer | undefined;
}

/**
 * Asks both.
 * @returns how many of the questions found something
 * @throws AssertionError where an answer of the one is not that of the other, or what is asked about together is not seen as it is read
 */
export async function interferenceOfFactors(of: Narrowed): Promise<number> {
  const { seed, everything, policies, caller, questions, onAnswer, activate = activatePolicies, putOne = put } = of;
  const time = worldTime();
  const { clock } = time;
  const sides: Side[] = [];
  const asker: Asker = {};
  const { putOther = () => Promise.resolve(putOne), then = () => Promise.resolve() } = of;
  const happen = ({ server }: Side, stored: readonly Resource[]): Promise<void> =>
    then(server, stored, (event) => time.at(everything.length + event));
  const start = async (stored: readonly Resource[], storing: typeof putOne, asked: Asker = {}): Promise<Side> => {
    const accessRules = { read: [noting(asked)] };
    const server = await startServer(
      { validation: { level: 'off' }, requireIfMatch: false, clock, accessRules },
      undefined,
      { clock },
    );
    const side = new Side(server, await server.sso.token(caller));
    sides.push(side);
    await server.store.buildConsents(); // so that they are in force with the policies
    await server.store.buildCare();
    await putInTime(server, time, { everything, stored, putOne: storing });
    await activate(server, policies);
    return side;
  };
  try {
    const full = await start(everything, putOne, asker);
    const before = await seenBy(full, everything);
    await happen(full, everything);
    // Resources that are seen only afterwards are no secret, either. A deletion hides nothing.
    const seen = new Set(of.then === undefined ? before : [...before, ...(await seenBy(full, everything))]);
    // The resources that decide about earlier versions are there, too.
    const there = everything.filter((each) => seen.has(each) || of.alsoStored?.(each) === true);
    const narrow = await start(there, await putOther(full));
    await happen(narrow, there);
    time.at(2 * everything.length);
    const found = await askedAlike(`seed ${String(seed)}`, { full, narrow }, questions, onAnswer);
    if (of.inHand !== undefined) await seenAlike(full.server, asker, of.inHand);
    return found;
  } finally {
    for (const side of sides) await side.close();
  }
}
