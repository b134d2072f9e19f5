/** Questions of callers who see a part of the world, and the answers of two servers. */
import type { PolicySet } from '@dhp/access-policies';
import { baseUrl, startServer, type TestServer } from '../environment.ts';
import { activatePolicies } from '../policies.ts';
import { askedAlike, putInTime, seenBy, Side, worldTime, type OnAnswer, type Time } from './side.ts';
import { interference, randomOf, type Resource } from './world.ts';

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

/** The server that holds everything, and the questions about it. */
export interface ReadWorld {
  readonly full: TestServer;
  readonly time: Time;
  readonly everything: readonly Resource[];
  readonly question: () => string;
}

/** Starts a server with the world of a seed. */
export async function openReadWorld(seed: number): Promise<ReadWorld> {
  const { everything, question } = interference(randomOf(seed));
  const time = worldTime();
  return { full: await begun(time, everything, everything), time, everything, question };
}

async function begun(time: Time, everything: readonly Resource[], stored: readonly Resource[]): Promise<TestServer> {
  const { clock } = time;
  const server = await startServer({ clock }, undefined, { clock });
  await putInTime(server, time, { everything, stored });
  await activatePolicies(server, policies);
  return server;
}

/**
 * Asks the server that holds everything and one that holds what the caller sees.
 * @param onAnswer called after each question
 * @returns the number of questions that found something
 * @throws AssertionError if the answers differ
 */
export async function interferenceOfReads(
  world: ReadWorld,
  { who, seed, questions }: ReadSettings,
  onAnswer?: OnAnswer,
): Promise<number> {
  const { time, everything, question } = world;
  const full = new Side(world.full, await world.full.sso.token(readers[who]));
  const server = await begun(time, everything, await seenBy(full, everything));
  try {
    const narrow = new Side(server, await server.sso.token(readers[who]));
    const asked = Array.from({ length: questions }, question);
    return await askedAlike(`${who}, seed ${String(seed)}`, { full, narrow }, asked, onAnswer);
  } finally {
    await server.close();
  }
}
