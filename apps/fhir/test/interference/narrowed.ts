/** Questions of one caller to a server with everything, and to one with what the caller can read there one by one. */
import type { PolicySet } from '@dhp/access-policies';
import { startServer, type TestServer } from '../environment.ts';
import { activatePolicies } from '../policies.ts';
import { askedAlike, putInTime, seenBy, Side, worldTime, type OnAnswer } from './side.ts';
import type { Resource } from './world.ts';

export interface Narrowed {
  /** By which a difference is named. */
  readonly seed: number;
  readonly everything: readonly Resource[];
  /** Puts the policies into force; absent: as they are. */
  readonly activate?: (server: TestServer, policies: PolicySet) => Promise<unknown>;
  readonly policies: PolicySet;
  readonly caller: Record<string, unknown>;
  readonly questions: readonly string[];
  /** Called after each question. */
  readonly onAnswer?: OnAnswer | undefined;
}

/**
 * Asks both.
 * @returns how many of the questions found something
 * @throws AssertionError where an answer of the one is not that of the other
 */
export async function interferenceOfFactors(of: Narrowed): Promise<number> {
  const { seed, everything, policies, caller, questions, onAnswer, activate = activatePolicies } = of;
  const time = worldTime();
  const { clock } = time;
  const sides: Side[] = [];
  const start = async (stored: readonly Resource[]): Promise<Side> => {
    const server = await startServer({ validation: { level: 'off' }, clock }, undefined, { clock });
    const side = new Side(server, await server.sso.token(caller));
    sides.push(side);
    await server.store.buildConsents(); // so that they are in force with the policies
    await server.store.buildCare();
    await putInTime(server, time, { everything, stored });
    await activate(server, policies);
    return side;
  };
  try {
    const full = await start(everything);
    const narrow = await start(await seenBy(full, everything));
    return await askedAlike(`seed ${String(seed)}`, { full, narrow }, questions, onAnswer);
  } finally {
    for (const side of sides) await side.close();
  }
}
