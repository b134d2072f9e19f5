/**
 * Stubs of environments that the Single Sign-On server queries about access policies, emergencies and jobs, without FHIR servers, whose own
 * tests cover them.
 */
import type { AccessAdministration } from '@dhp/accounts/records';
import { AdministrationError } from '@dhp/sso-kit';

/** A query, recorded for tests. */
export interface Asked {
  readonly environment: string;
  readonly subject: string;
  readonly act: string;
  readonly asked: Readonly<Record<string, unknown>>;
}

const made = { made: '2026-11-20T10:00:00.000Z', madeBy: 'cli:tester', reason: 'order 12' };
const text = JSON.stringify({ others: 'as-scoped', rules: [] }, null, 2);
/** An emergency without a review; 8 is one of the reviewer's own. */
const entry = {
  ...{ id: '7', subject: '00000000-0000-4000-8000-000000000000', person: 'Practitioner/2', client: 'clinic' },
  ...{ patient: '42', reason: 'unconscious after a fall', since: '2026-11-20T10:00:00.000Z' },
  ...{ until: '2026-11-20T10:30:00.000Z', verdict: null, note: null, reviewedBy: null },
};

/** One job in each state that operators see; 7 is the failed one. */
const job = {
  ...{ kind: 'request', client: 'city-laboratory', priority: 0, stops: false, attempt: 1, done: 0, share: null },
  ...{ asked: '2026-11-20T10:00:00.000Z', began: '2026-11-20T10:00:01.000Z', due: '2026-11-20T10:00:30.000Z' },
  ...{ expires: '2026-11-21T10:00:00.000Z', status: null },
};
const stubJobs = [
  { ...job, id: '7', about: 'GET $everything of Patient', state: 'ended', attempt: 6, done: 900, status: 500 },
  { ...job, id: '6', about: 'GET $export', kind: 'export', state: 'running', done: 412_300_000, share: 0.425 },
  { ...job, id: '5', about: 'GET search-type of Observation', state: 'running', done: 1_240_000 },
  { ...job, id: '4', about: 'GET read of Patient', state: 'waiting', due: '2999-01-01T00:00:00.000Z' },
  { ...job, id: '3', about: 'GET read of Patient', state: 'waiting', attempt: 0, began: null },
  { ...job, id: '2', about: 'POST $validate', state: 'ended', done: 48_000, status: 200 },
  { ...job, id: '1', about: 'GET read of Patient', state: 'running', stops: true },
];

/** Subscriptions in the states that operators see; the receiver of 7 fails. */
const subscription = {
  ...{ status: 'active', reason: null, client: 'city-laboratory', person: null, numbered: 12, acknowledged: 12 },
  ...{ topic: 'https://clinic.example/topics/results', origin: 'https://clinic.example' },
  ...{ behindSince: null, tries: 0, failing: null, failure: null, paused: null, changed: '2026-11-20T10:00:00.000Z' },
};
const stubSubscriptions = [
  {
    ...{ ...subscription, id: '7', numbered: 40, behindSince: '2026-11-20T09:00:00.000Z', tries: 5 },
    ...{ failing: '2026-11-20T09:00:10.000Z', failure: 'the receiver answered 503' },
  },
  { ...subscription, id: '6', paused: '2026-11-20T09:30:00.000Z', numbered: 13, person: 'account-2' },
  { ...subscription, id: '5', status: 'error', reason: 'The handshake failed: the receiver answered 401.' },
  { ...subscription, id: '4', acknowledged: null, origin: null },
  { ...subscription, id: '3', status: 'off', reason: 'The time that it was requested for is over.' },
];
const figures = { live: 4, failed: 1, behind: 2, failing: 1, oldest: 3_700, isRead: true };

/** Legal holds in the states that operators see. */
const hold = {
  ...{ reason: 'case 7 of the city court', setBy: 'cli:aziza', made: '2026-11-20T10:00:00.000Z', until: null },
  ...{ stands: true, lifted: null, liftedBy: null, liftedReason: null },
};
const stubHolds = [
  { ...hold, id: '7', on: 'Patient/42' },
  { ...hold, id: '6', on: 'Observation', reason: 'an inspection', until: '2999-01-31T00:00:00.000Z' },
  { ...hold, id: '5', on: 'Observation/9', stands: false, until: '2026-11-21T00:00:00.000Z' },
  {
    ...{ ...hold, id: '4', on: 'Patient/43', stands: false, lifted: '2026-11-22T10:00:00.000Z' },
    ...{ liftedBy: 'client:desk', liftedReason: 'case 6 is closed' },
  },
];

/** A test receiver of the caller. */
const receiver = {
  ...{ id: '00000000-0000-4000-8000-000000000007', address: 'https://portal.example/test-receivers/x' },
  ...{ secret: 'whsec_x', answer: 'takes', numbered: 0, ends: '2999-01-01T00:00:00.000Z' },
};

const answers: Record<string, unknown> = {
  receivers: { receivers: [receiver], notifications: [], most: 3 },
  state: {
    ...{ generation: 2, version: 2, text, consents: 'record' },
    factors: { consent: 'absent', care: 'preparing', labels: 'enforced' },
  },
  versions: {
    versions: [2, 1].map((version) => ({ version, ...made })),
    activations: [{ version: 2, ...made }, { version: 1, ...made }, { ...made }],
  },
  text: { text },
  try: {
    ...{ version: 2, changes: { added: ['laboratory'], removed: [], changed: [] } },
    losses: [
      { caller: 0, of: 'read', types: ['Observation'], isNothing: true, rules: [] },
      {
        caller: 0,
        of: 'search',
        types: ['Observation'],
        only: ['status=final'],
        without: ['code=x'],
        rules: ['laboratory'],
      },
      { caller: 0, of: 'elements', types: ['Patient'], hidden: ['name'], readOnly: ['birthDate'], rules: ['no-names'] },
      { caller: 0, of: 'label', types: [], labels: ['urn:l|HIV'], rules: [] },
      { caller: 0, of: 'care', types: [], rules: [] },
      { caller: 0, of: 'consent', types: [], rules: [] },
    ],
  },
  explain: {
    ...{ stored: 'yes', permitted: false, rules: ['laboratory'], hidden: ['name'], readOnly: [], labels: [] },
    factors: [
      { factor: 'scopes', says: 'leaves' },
      { factor: 'access-policies', says: 'hides' },
    ],
  },
  activate: { version: 3 },
  rollback: { version: 1 },
};

/** @param asked receives the queries */
export function accessStub(asked: Asked[] = []): AccessAdministration {
  return {
    ask(one) {
      asked.push(one);
      const { act, asked: values } = one;
      if (act === 'check') return Promise.resolve({ faults: faultsOf(String(values['text'])) });
      if (act === 'glass') {
        const { id } = values;
        return Promise.resolve({ glass: [{ ...entry, ...(typeof id === 'string' && { id }) }], hasMore: false });
      }
      if (act === 'jobs') {
        const { id } = values;
        const jobs = stubJobs.filter((one) => id === undefined || one.id === id);
        return Promise.resolve({ jobs, index: [{ kind: 'parameters', done: 30, total: 120 }], hasMore: false });
      }
      if (act === 'cancel-job' || act === 'retry-job') {
        const { id } = values;
        if (id === '7' || (id === '6' && act === 'cancel-job')) return Promise.resolve({ id });
        return Promise.reject(new AdministrationError('unknown-job', `There is no job ${String(id)}`));
      }
      if (act === 'subscriptions') {
        const { id } = values;
        const subscriptions = stubSubscriptions.filter((one) => id === undefined || one.id === id);
        return Promise.resolve({ subscriptions, figures, hasMore: false });
      }
      if (act.endsWith('-subscription')) {
        const { id } = values;
        if (id === '7') return Promise.resolve({ id, isChanged: true });
        if (id === '6') return Promise.resolve({ id, isChanged: false });
        return Promise.reject(new AdministrationError('unknown-subscription', `There is no ${String(id)}`));
      }
      if (act === 'holds') {
        const { id, all } = values;
        const holds = stubHolds.filter((one) => (all === true || one.stands) && (id === undefined || one.id === id));
        return Promise.resolve({ holds, hasMore: false });
      }
      if (act === 'set-hold') {
        if (/^[A-Z][A-Za-z]+(\/[\w-]+)?$/.test(String(values['on']))) return Promise.resolve({ id: '8' });
        return Promise.reject(new AdministrationError('invalid-value', 'on is a resource or a type.'));
      }
      if (act === 'lift-hold') {
        const { id } = values;
        if (id === '7') return Promise.resolve({ id });
        return Promise.reject(new AdministrationError('unknown-hold', `There is no legal hold ${String(id)}`));
      }
      if (act.endsWith('receiver')) {
        const { id = receiver.id, answer = 'takes' } = values;
        return Promise.resolve({ id, done: id === receiver.id && answer !== undefined });
      }
      if (act === 'review') {
        const { id, verdict } = values;
        if (id === '8') return Promise.reject(new AdministrationError('own-emergency', 'One of your own'));
        return Promise.resolve({ id, verdict });
      }
      if ((act === 'activate' || act === 'rollback') && values['base'] === 1)
        return Promise.reject(new AdministrationError('policies-changed', 'Version 2 is in force.'));
      return Promise.resolve(answers[act] as Record<string, unknown>);
    },
  };
}

function faultsOf(given: string): unknown[] {
  return given.includes('wrong') ? [{ place: 'rules[0].who', line: 3, text: 'rules[0].who names nobody.' }] : [];
}
