/** Questions of callers who see a part of what there is, and how two servers answer them. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { PolicySet } from '@dhp/access-policies';
import { baseUrl, startServer, type Reply, type TestServer } from '../environment.ts';
import { activatePolicies } from '../policies.ts';
import { entriesOf, put } from '../searches.ts';
import { comparable, interference, randomOf, type Resource } from './world.ts';

export const readers: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'a patient': { scope: 'patient/*.rs', patient: 'a' },
  'a patient, of one kind of observations': {
    scope: 'patient/Observation.rs?status=final patient/Patient.rs patient/Encounter.rs patient/List.rs',
    patient: 'b',
  },
  'a system, of what has a label': { scope: 'system/*.rs?_tag=ours' },
  'a client by access policies': { scope: 'system/*.rs', client_id: 'limited' },
  'a patient, by access policies too': { scope: 'patient/*.rs', patient: 'c', client_id: 'limited' },
  'a health worker by a policy': {
    scope: 'user/*.rs',
    fhirUser: `${baseUrl}/Practitioner/d`,
    policies: ['user/Observation.rs?code=x1', 'user/Patient.rs?active=true', 'user/Encounter.rs', 'user/List.rs'],
  },
};

const who = { client: ['limited'] };
const interactions = ['read', 'search'] as const;
const policies: PolicySet = {
  others: 'as-scoped',
  rules: [
    { name: 'observations', effect: 'permit', who, types: ['Observation'], interactions, criteria: 'status=final' },
    {
      name: 'encounters',
      effect: 'permit',
      who,
      types: ['Encounter'],
      interactions,
      criteria: 'status=completed',
    },
    { name: 'others', effect: 'permit', who, types: ['Patient', 'Practitioner', 'List'], interactions },
    { name: 'not-theirs', effect: 'deny', who, types: ['*'], interactions, criteria: '_tag=theirs' },
  ],
};

export interface ReadSettings {
  readonly who: string;
  readonly seed: number;
  readonly questions: number;
}

/** The server that holds everything, and what is asked about it. */
export interface ReadWorld {
  readonly full: TestServer;
  readonly everything: readonly Resource[];
  readonly question: () => string;
}

/** Starts a server with the world of a seed. */
export async function openReadWorld(seed: number): Promise<ReadWorld> {
  const { everything, question } = interference(randomOf(seed));
  const full = await startServer();
  await put(full, ...everything);
  await activatePolicies(full, policies);
  return { full, everything, question };
}

/**
 * Asks the server that holds everything, and one that holds what the caller sees of it.
 * @param onStep after each question
 * @returns how many questions found something
 * @throws AssertionError where an answer of the one is not that of the other
 */
export async function interferenceOfReads(
  { full, everything, question }: ReadWorld,
  { who, seed, questions }: ReadSettings,
  onStep: (step: number) => void = () => undefined,
): Promise<number> {
  const narrow = await startServer();
  try {
    const [ofFull, ofNarrow] = [await full.sso.token(readers[who]), await narrow.sso.token(readers[who])];
    const seen: Resource[] = [];
    for (const resource of everything) {
      const path = `/${resource.resourceType}/${resource.id}`;
      const { status } = await answered(full, path, ofFull);
      if (status === 200) seen.push(resource);
    }
    assert.ok(everything.length > seen.length, 'sees everything');
    await put(narrow, ...seen);
    await activatePolicies(narrow, policies);
    let told = 0;
    for (let n = 1; n <= questions; n += 1) {
      const path = question();
      const [some, all] = [await answersOf(narrow, path, ofNarrow), await answersOf(full, path, ofFull)];
      assert.deepEqual(all, some, `${who}, seed ${String(seed)}: ${path}`);
      told += all.some((page) => entriesOf({ json: page as Record<string, unknown> } as Reply).length > 0) ? 1 : 0;
      onStep(n);
    }
    return told;
  } finally {
    await narrow.close();
  }
}

/** Every page of the answer. */
export async function answersOf(server: TestServer, path: string, token: string): Promise<unknown[]> {
  const answers: unknown[] = [];
  let at: string | undefined = path;
  while (at !== undefined && answers.length < 60) {
    const reply = await answered(server, at, token);
    answers.push(comparable(reply));
    const links = (reply.json['link'] ?? []) as { relation: string; url: string }[];
    at = Array.isArray(links)
      ? links.find(({ relation }) => relation === 'next')?.url.slice(baseUrl.length)
      : undefined;
  }
  return answers;
}

/** A server that has no time (503) has not answered: it is asked again, a minute at most. */
export async function answered(server: TestServer, path: string, token: string): Promise<Reply> {
  for (let n = 0; ; n += 1) {
    const reply = await server.request('GET', path, { token });
    if (reply.status !== 503 || n === 60) return reply;
    await pause(1_000);
  }
}
