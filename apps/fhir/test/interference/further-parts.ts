/** Additional kinds of questions and writes, by callers from whom each factor hides something. */
import type { PolicySet } from '@dhp/access-policies';
import type { TestServer } from '../environment.ts';
import { activateLabels, activatePolicies } from '../policies.ts';
import { carePolicies, familyDoctor, withCare } from './care.ts';
import { enforced, randomConsents } from './consents.ts';
import { furtherQuestions } from './further.ts';
import { furtherWrites } from './further-writes.ts';
import { labelled } from './labels.ts';
import { interferenceOfFactors } from './narrowed.ts';
import { puttingEarlier, rich } from './rich.ts';
import type { OnAnswer } from './side.ts';
import { interference, randomOf, type Random, type Resource } from './world.ts';
import { interferenceOfWrites, writers, type WriteRun } from './writes.ts';

interface FurtherCaller {
  readonly caller: Readonly<Record<string, unknown>>;
  readonly policies: PolicySet;
  readonly world?: (random: Random, world: readonly Resource[]) => readonly Resource[];
  readonly activate?: (server: TestServer, policies: PolicySet) => Promise<unknown>;
}

const asScoped: PolicySet = { others: 'as-scoped', rules: [] };
const limited = {
  who: { client: ['limited'] },
  interactions: ['read', 'search'],
} as const;

export const furtherCallers: Readonly<Record<string, FurtherCaller>> = {
  'a patient': { caller: { scope: 'patient/*.rs', patient: 'a' }, policies: asScoped },
  'a system, of what has a label': { caller: { scope: 'system/*.rs?_tag=ours' }, policies: asScoped },
  'a client by access policies': {
    caller: { scope: 'system/*.rs', client_id: 'limited' },
    policies: {
      ...asScoped,
      rules: [
        { ...limited, name: 'observations', effect: 'permit', types: ['Observation'], criteria: 'status=final' },
        {
          ...limited,
          name: 'others',
          effect: 'permit',
          types: ['Patient', 'Encounter', 'List', 'DocumentReference', 'Composition', 'Practitioner', 'Binary'],
        },
        { ...limited, name: 'not-theirs', effect: 'deny', types: ['*'], criteria: '_tag=theirs' },
      ],
    },
  },
  'a client by consents': {
    ...{ caller: { scope: 'system/*.rs', client_id: 'clinic' }, policies: enforced },
    world: (random, world) => [...world, ...randomConsents(random)],
  },
  'a client by labels': {
    ...{ caller: { scope: 'system/*.rs', client_id: 'clinic' }, policies: labelled, activate: activateLabels },
  },
  'a client by consents and labels': {
    ...{
      caller: { scope: 'system/*.rs', client_id: 'clinic' },
      policies: { ...labelled, ...enforced },
      activate: activateLabels,
    },
    world: (random, world) => [...world, ...randomConsents(random)],
  },
  'a health worker bound to patients': { caller: familyDoctor, policies: carePolicies, world: withCare },
};

const unchanged: NonNullable<FurtherCaller['world']> = (_random, world) => world;

/** As `interferenceOfFactors`, for the rich world of a seed. */
export function interferenceOfFurther(who: string, seed: number, count: number, onAnswer?: OnAnswer): Promise<number> {
  const { caller, policies, world: changed = unchanged, activate = activatePolicies } = furtherCallers[who]!;
  const random = randomOf(seed);
  const { everything: usual, question } = interference(random);
  const { everything: made, earlier } = rich(random, usual);
  const everything = changed(randomOf(seed), made);
  const next = furtherQuestions(random, everything, question);
  const questions = Array.from({ length: count }, next);
  const putOne = puttingEarlier(earlier);
  return interferenceOfFactors({
    seed,
    questions,
    everything,
    policies,
    caller: { ...caller },
    onAnswer,
    activate,
    putOne,
    inHand: everything.filter((_, n) => n % 2 === seed % 2),
    // Consents are visible to those whom they refuse; the records are not.
    alsoStored: ({ resourceType }) => resourceType === 'Consent',
  });
}

/** The writers for the additional kinds of writes: one for each setting. */
export const furtherWriters = Object.keys(writers);

/** As `interferenceOfWrites`, with additional kinds of requests between the usual ones. */
export function interferenceOfFurtherWrites(
  who: string,
  seed: number,
  steps: number,
  onAnswer?: OnAnswer,
): Promise<WriteRun> {
  return interferenceOfWrites({ who, seed, steps, further: furtherWrites }, onAnswer);
}
