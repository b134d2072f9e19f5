/** Acts of the Single Sign-On server on the access policies, the queue of broken glass, the legal holds, the jobs and the subscriptions, each by its name. */
import { type CheckMeans, faultText, lineOf, PolicyFaults, type PolicySet, readPolicySet } from '@dhp/access-policies';
import { changesBetween } from '@dhp/access-policies/comparison';
import { PoliciesChanged } from '@dhp/fhir-store/access-policies';
import { QuestionError, readQuestion } from '@dhp/request-log';
import { expandLabels } from '../access/label-definition.ts';
import { payForParsing } from '../http/cost.ts';
import { storedSet } from './stored-set.ts';
import { criteriaProblem, elementProblem, policyTypes } from '../access/policy-criteria.ts';
import { purposes } from '../access/stated-purpose.ts';
import type { Call, Services } from '../contract/interaction.ts';
import { type Asked, authorityIn, objectsIn, optionalText, positionsIn, textIn, textsIn, versionIn } from './asked.ts';
import { explainTo } from './explain.ts';
import { listGlass, reviewGlass } from './glass.ts';
import { liftHold, listHolds, setHold } from './holds.ts';
import { cancelJob, listJobs, retryJob } from './jobs.ts';
import { Problem } from './problem.ts';
import { listedSubscriptions, pauseDeliveries, resumeDeliveries, turnOff } from './subscriptions.ts';
import { changeReceiver, listReceivers, makeReceiver, removeReceiver } from './test-receivers.ts';
import { tryPolicies } from './try-policies.ts';

export type AdministrationAct = (services: Services, asked: Asked, call: Call) => Promise<unknown>;

/** Most activations that are listed. */
const mostActivations = 200;
/** Characters of a document. */
const mostCharacters = 1_000_000;
const mostCallers = 5_000;
/** Most consents without a patient that are listed. */
const mostOfNobody = 100;

export const administrationActs: Readonly<Record<string, AdministrationAct>> = {
  state,
  versions: async ({ unguarded: { accessAdministration } }) => ({
    versions: await accessAdministration.versions(),
    activations: await accessAdministration.activations(mostActivations),
  }),
  text: async (services, asked) => ({ text: await textOf(services, versionIn(asked, 'version')) }),
  check: (_, asked) => Promise.resolve({ faults: faultsOf(asked) }),
  try: tryOut,
  activate,
  rollback,
  explain: explainTo,
  requests: listRequests,
  glass: listGlass,
  review: reviewGlass,
  holds: listHolds,
  'set-hold': setHold,
  'lift-hold': liftHold,
  jobs: listJobs,
  'cancel-job': cancelJob,
  'retry-job': retryJob,
  subscriptions: listedSubscriptions,
  'pause-subscription': pauseDeliveries,
  'resume-subscription': resumeDeliveries,
  'turn-off-subscription': turnOff,
  receivers: listReceivers,
  'make-receiver': makeReceiver,
  'change-receiver': changeReceiver,
  'remove-receiver': removeReceiver,
};

export const checkMeans: CheckMeans = {
  ...{ types: policyTypes, problemOf: criteriaProblem, problemOfElement: elementProblem },
  purposes,
};

/** The document in force, and the progress of each factor that rests on stored resources. */
async function state({ unguarded, consents }: Services, _: Asked, { budget }: Call): Promise<unknown> {
  const { generation, version, text } = await unguarded.accessAdministration.inForce();
  const set = text === undefined ? undefined : storedSet(text, budget);
  const progress = set?.labels && (await unguarded.labels.progress());
  const isReady = (asked: unknown, complete: boolean): string =>
    asked === undefined ? 'absent' : complete ? 'enforced' : 'preparing';
  return {
    ...{ generation, version: version ?? null, text: text ?? null, consents },
    consentsOfNobody: await unguarded.consentsOfNobody(mostOfNobody),
    factors: {
      consent: isReady(set?.consent, set?.consent !== undefined && (await unguarded.consentsComplete())),
      care: isReady(set?.care, set?.care !== undefined && (await unguarded.careComplete())),
      labels: isReady(set?.labels, progress?.complete === true),
    },
  };
}

async function textOf({ unguarded }: Services, version: number | null): Promise<string> {
  const text = version === null ? undefined : await unguarded.accessAdministration.text(version);
  if (text === undefined) throw new Problem(404, 'unknown-version', `There is no version ${String(version)}.`);
  return text;
}

interface ShownFault {
  readonly place: string;
  /** Of the text, from 1. */
  readonly line: number;
  readonly text: string;
}

function faultsOf(asked: Asked): ShownFault[] {
  try {
    read(asked);
    return [];
  } catch (error) {
    if (error instanceof Faulty) return error.faults;
    throw error;
  }
}

class Faulty extends Problem {
  readonly faults: ShownFault[];

  constructor(faults: ShownFault[]) {
    const sentences = faults.slice(0, 20).map(({ line, text }) => `Line ${String(line)}: ${text}`);
    super(400, 'invalid-policies', sentences.join('\n'));
    this.faults = faults;
  }
}

type FaultLanguage = Parameters<typeof faultText>[1];

/** @throws Faulty */
function read(asked: Asked): { readonly text: string; readonly set: PolicySet } {
  const text = textIn(asked, 'text');
  const language = (['uz', 'ru', 'en'] as const).find((one) => one === optionalText(asked, 'language')) ?? 'en';
  return { text, set: readText(text, language) };
}

/** @throws Faulty */
function readText(text: string, language: FaultLanguage): PolicySet {
  if (text.length > mostCharacters)
    throw new Problem(400, 'invalid-policies', `The document has more than ${String(mostCharacters)} characters.`);
  try {
    return readPolicySet(text, checkMeans);
  } catch (error) {
    if (!(error instanceof PolicyFaults)) throw error;
    throw new Faulty(
      error.faults.map((fault) => ({
        place: fault.place,
        line: lineOf(text, fault),
        text: faultText(fault, language),
      })),
    );
  }
}

async function tryOut({ unguarded }: Services, asked: Asked, { budget }: Call): Promise<unknown> {
  const { set } = read(asked);
  const given = objectsIn(asked, 'callers');
  if (given.length > mostCallers)
    throw new Problem(400, 'too-many-callers', `${String(given.length)} kinds of callers are too many to be compared.`);
  const { version, text } = await unguarded.accessAdministration.inForce();
  const before = text === undefined ? undefined : storedSet(text, budget);
  const callers = given.map((one) => ({
    ...{ client: textIn(one, 'client'), authority: authorityIn(one), person: optionalText(one, 'person') },
    ...{ positions: positionsIn(one), scopes: textsIn(one, 'scopes') },
    roleScopes: one['roleScopes'] === undefined ? undefined : textsIn(one, 'roleScopes'),
  }));
  return {
    version: version ?? null,
    changes: changesBetween(before ?? { others: 'as-scoped', rules: [] }, set),
    losses: await tryPolicies(before, set, callers, optionalText(asked, 'purpose')),
  };
}

/** A change names the version that was in force: of two concurrent changes the second one is refused. */
async function activate({ unguarded }: Services, asked: Asked): Promise<unknown> {
  const { text, set } = read(asked);
  const change = changeIn(asked);
  await requireKnownCodes(unguarded, set);
  return { version: await unlessChanged(() => unguarded.accessAdministration.activate(text, change)) };
}

/**
 * An earlier version comes into force by the same checks as a new one: resources that it names may be gone since. A state without policies
 * cannot be restored.
 */
async function rollback(services: Services, asked: Asked, { budget }: Call): Promise<unknown> {
  const { unguarded } = services;
  const { accessAdministration } = unguarded;
  const change = changeIn(asked);
  const to = asked['to'] === 'before' ? await versionBefore(services) : versionIn(asked, 'to');
  if (to !== null) {
    const text = await textOf(services, to);
    payForParsing(budget, text);
    await requireKnownCodes(unguarded, readText(text, 'en'));
  }
  const version = await unlessChanged(() => accessAdministration.activateEarlier(to ?? undefined, change));
  return { version: version ?? null };
}

function changeIn(asked: Asked): { base: number | null; by: string; reason: string } {
  return { base: versionIn(asked, 'base'), by: textIn(asked, 'by'), reason: textIn(asked, 'reason') };
}

async function versionBefore({ unguarded }: Services): Promise<number | null> {
  const [, before] = await unguarded.accessAdministration.activations(2);
  return before?.version ?? null;
}

/** Fails with `invalid-policies` where a value set of the labels cannot be listed. */
async function requireKnownCodes(unguarded: Services['unguarded'], { labels }: PolicySet): Promise<void> {
  const faults = labels && (await expandLabels(unguarded, labels, await unguarded.labels.definition())).faults;
  if (faults !== undefined && faults.length > 0) throw new Problem(400, 'invalid-policies', faults.join('\n'));
}

async function unlessChanged<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PoliciesChanged)) throw error;
    throw new Problem(409, 'policies-changed', `Others have changed what is in force. ${error.message}`);
  }
}

/** Requests of an application, for those who develop it: the Single Sign-On server knows who that is. */
async function listRequests({ unguarded, clock }: Services, asked: Asked): Promise<unknown> {
  try {
    return await unguarded.requestLog.read(readQuestion(textIn(asked, 'client'), asked, clock().getTime()));
  } catch (error) {
    if (!(error instanceof QuestionError)) throw error;
    throw new Problem(400, 'invalid-value', `${error.message}.`);
  }
}
