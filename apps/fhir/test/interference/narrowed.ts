/** Questions of one caller to a server with everything, and to one with what the caller can read there one by one. */
import assert from 'node:assert/strict';
import type { PolicySet } from '@dhp/access-policies';
import { startServer, type TestServer } from '../environment.ts';
import { activatePolicies } from '../policies.ts';
import { put } from '../searches.ts';
import { answered, answersOf } from './reads.ts';
import type { Resource } from './world.ts';

export interface Narrowed {
  /** By which a difference is named. */
  readonly seed: number;
  readonly everything: readonly Resource[];
  readonly policies: PolicySet;
  readonly caller: Record<string, unknown>;
  readonly question: () => string;
  readonly questions: number;
  /** Called after each question. */
  readonly onStep?: (() => void) | undefined;
}

/**
 * Asks both.
 * @returns how many of the questions found something
 * @throws AssertionError where an answer of the one is not that of the other
 */
export async function interferenceOfFactors(of: Narrowed): Promise<number> {
  const { seed, everything, policies, caller, question, questions, onStep } = of;
  const servers: TestServer[] = [];
  const start = async (stored: readonly Resource[]): Promise<{ server: TestServer; token: string }> => {
    const server = await startServer({ validation: { level: 'off' } });
    servers.push(server);
    await server.store.buildConsents(); // so that they are in force with the policies
    await server.store.buildCare();
    await put(server, ...stored);
    await activatePolicies(server, policies);
    return { server, token: await server.sso.token(caller) };
  };
  try {
    const full = await start(everything);
    const seen: Resource[] = [];
    for (const resource of everything) {
      const path = `/${resource.resourceType}/${resource.id}`;
      const { status } = await answered(full.server, path, full.token);
      if (status === 200) seen.push(resource);
    }
    assert.ok(seen.length > 0 && everything.length > seen.length, `sees ${String(seen.length)}`);
    const narrow = await start(seen);
    let told = 0;
    for (let n = 0; n < questions; n += 1) {
      const path = question();
      const ofSeen = await answersOf(narrow.server, path, narrow.token);
      const ofAll = await answersOf(full.server, path, full.token);
      assert.deepEqual(ofAll, ofSeen, `seed ${String(seed)}: ${path}`);
      told += JSON.stringify(ofAll).includes('"entry"') ? 1 : 0;
      onStep?.();
    }
    return told;
  } finally {
    for (const server of servers) await server.close();
  }
}
