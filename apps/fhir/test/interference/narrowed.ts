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
  const start = async (stored: readonly Resource[], asked: Asker = {}): Promise<Side> => {
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
    await putInTime(server, time, { everything, stored, putOne });
    await activate(server, policies);
    return side;
  };
  try {
    const full = await start(everything, asker);
    const seen = await seenBy(full, everything);
    // The resources that decide about earlier versions are there, too.
    const narrow = await start(everything.filter((each) => seen.includes(each) || of.alsoStored?.(each) === true));
    const found = await askedAlike(`seed ${String(seed)}`, { full, narrow }, questions, onAnswer);
    if (of.inHand !== undefined) await seenAlike(full.server, asker, of.inHand);
    return found;
  } finally {
    for (const side of sides) await side.close();
  }
}
