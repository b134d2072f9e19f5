/** Questions about what is derived, ended and earlier, asked by callers from whom one factor hides something, or all of them do. */
import type { PolicySet } from '@dhp/access-policies';
import { baseUrl, type TestServer } from '../environment.ts';
import { activateLabels, activatePolicies } from '../policies.ts';
import { beyond, type BeyondWorld } from './beyond-world.ts';
import { beyondQuestions } from './beyond-questions.ts';
import { carePolicies, familyDoctor, withCare } from './care.ts';
import { enforced, randomConsents } from './consents.ts';
import { labelled } from './labels.ts';
import { interferenceOfFactors } from './narrowed.ts';
import { nameOf, puttingEarlier } from './rich.ts';
import { inLanes, type OnAnswer, type Side } from './side.ts';
import { interference, oneOf, randomOf, type Random, type Resource } from './world.ts';
import { store } from './writes.ts';

interface BeyondCaller {
  readonly caller: Readonly<Record<string, unknown>>;
  readonly policies: PolicySet;
  readonly world?: (random: Random, world: readonly Resource[]) => readonly Resource[];
  readonly activate?: (server: TestServer, policies: PolicySet) => Promise<unknown>;
}

const asScoped: PolicySet = { others: 'as-scoped', rules: [] };
/** A scope for all types does not include Provenance. */
const client = { scope: 'system/*.rs system/Provenance.rs', client_id: 'clinic' };
const consenting: NonNullable<BeyondCaller['world']> = (random, world) => [...world, ...randomConsents(random)];
const unchanged: NonNullable<BeyondCaller['world']> = (_random, world) => world;
const interactions = ['read', 'search'] as const;
const theirs = { types: ['*'], interactions, criteria: '_tag=theirs' };
const hides = { types: ['Observation', 'Patient'], interactions: [], hide: ['derivedFrom', 'birthDate'] };

/** All that there is, for one caller. */
const allFactors: PolicySet = {
  ...{ ...carePolicies, ...labelled, consent: 'enforced', purposes: ['TREAT'] },
  rules: [
    { name: 'not-theirs', effect: 'deny', who: { role: ['family-doctor'] }, ...theirs },
    { name: 'partly', effect: 'limit', who: { role: ['family-doctor'] }, ...hides },
  ],
};

export const beyondCallers: Readonly<Record<string, BeyondCaller>> = {
  'a patient': { caller: { scope: 'patient/*.rs', patient: 'a' }, policies: asScoped },
  'a patient, as a person': { caller: { scope: 'user/*.rs', fhirUser: `${baseUrl}/Patient/b` }, policies: asScoped },
  'a system, of what has a label': {
    caller: { scope: 'system/*.rs?_tag=ours system/Provenance.rs?_tag=ours' },
    policies: asScoped,
  },
  'a client by access policies': {
    caller: client,
    policies: {
      ...asScoped,
      rules: [
        { name: 'not-theirs', effect: 'deny', who: { client: ['clinic'] }, ...theirs },
        {
          ...{ name: 'drafts', effect: 'deny', who: { client: ['clinic'] }, types: ['Observation'], interactions },
          criteria: 'status=preliminary&code=x1',
        },
      ],
    },
  },
  'a client by consents': { caller: client, policies: enforced, world: consenting },
  'a client by labels': { caller: client, policies: labelled, activate: activateLabels },
  'a client by consents and labels': {
    ...{ caller: client, policies: { ...labelled, ...enforced }, activate: activateLabels, world: consenting },
  },
  'a health worker bound to patients': { caller: familyDoctor, policies: carePolicies, world: withCare },
  'a health worker by all factors': {
    ...{ caller: familyDoctor, policies: allFactors, activate: activateLabels },
    world: (random, world) => consenting(random, withCare(random, world)),
  },
};

/** Deletes what ends, and stores some of it again, each at its time. */
function ending({ everything, ends }: BeyondWorld) {
  return async (server: TestServer, stored: readonly Resource[], at: (event: number) => void): Promise<void> => {
    const there = new Set(stored.map(nameOf));
    for (const [event, each] of everything.entries()) {
      const end = ends.get(nameOf(each));
      if (end === undefined || !there.has(nameOf(each))) continue;
      at(event);
      await server.store.delete({ type: each.resourceType, id: each.id });
      if (end === 'again') await store(server, { ...each, language: 'uz' });
    }
  };
}

/** Stores other earlier versions than the first server has, of those that the caller does not see there. */
function puttingOther({ earlier, otherEarlier }: BeyondWorld) {
  return async (full: Side): Promise<ReturnType<typeof puttingEarlier>> => {
    const names = [...earlier.keys()];
    const isSeen = await inLanes(names, 8, async (name) => {
      const { reply } = await full.answer({ method: 'GET', path: `/${name}/_history/1` }, new Map());
      return reply.status === 200;
    });
    return puttingEarlier(
      new Map(names.map((name, n) => [name, (isSeen[n] === true ? earlier : otherEarlier).get(name)!])),
    );
  };
}

/** Both servers have the same consents and links of care, which decide about other resources, and which another factor may hide. */
const isDeciding = ({ resourceType, id }: Resource): boolean =>
  ['Consent', 'Appointment'].includes(resourceType) || /^(?:visit|task)-/.test(id);

/** As `interferenceOfFactors`, of the world of a seed; each third question is a usual one. */
export function interferenceOfBeyond(who: string, seed: number, count: number, onAnswer?: OnAnswer): Promise<number> {
  const { caller, policies, world = unchanged, activate = activatePolicies } = beyondCallers[who]!;
  const random = randomOf(seed);
  const { everything: usual, question } = interference(random);
  const made = beyond(random, usual);
  const everything = world(randomOf(seed), made.everything);
  const next = beyondQuestions({ random, everything, usual: question });
  const one = oneOf(random);
  const questions = Array.from({ length: count }, () => one([next, next, question])());
  return interferenceOfFactors({
    ...{ seed, questions, everything, policies, caller: { ...caller }, onAnswer, activate },
    ...{ putOne: puttingEarlier(made.earlier), putOther: puttingOther(made), then: ending(made) },
    alsoStored: isDeciding,
  });
}
