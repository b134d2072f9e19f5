/** Answers about access policies, emergencies, legal holds, jobs and subscriptions as JSON Schema. */
import type { Schema } from './schemas.ts';

const text: Schema = { type: 'string' };
const count: Schema = { type: 'integer' };
const texts: Schema = { type: 'array', items: text };
const time: Schema = { type: 'string', format: 'date-time' };
const version: Schema = { type: ['integer', 'null'], description: 'null: none' };
const factor: Schema = {
  type: 'string',
  enum: ['absent', 'preparing', 'enforced'],
  description: 'preparing: what was stored before is read, and it refuses nothing yet',
};

function object(required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  const properties = { ...required, ...optional };
  return { type: 'object', required: Object.keys(required), properties, additionalProperties: false };
}

const list = (items: Schema): Schema => ({ type: 'array', items });
const made = { made_at: time, made_by: text, reason: text };
const who = object(
  {
    authority: { type: 'string', enum: ['system', 'user', 'patient'] },
    clients: { ...texts, description: 'the first five; empty: at whatever client' },
    number_of_clients: count,
    roles: { ...texts, description: 'such as family-doctor Organization/7; * is any that no rule names' },
  },
  { people: count },
);

export const accessSchemas = {
  AccessPolicies: object({
    generation: { ...count, description: 'it grows with each change of what is in force' },
    version,
    policies: { type: ['string', 'null'], description: 'the document in force' },
    consents_without_policies: { type: 'string', enum: ['record', 'refuse'] },
    consents_of_nobody: {
      ...texts,
      description: 'ids of active Consents that lead to no patient there, and hold for nobody; the first hundred',
    },
    factors: object({ consent: factor, care: factor, labels: factor }),
  }),
  AccessPolicyVersions: object({
    versions: list(object({ version: count, ...made })),
    activations: list(object({ version, ...made })),
  }),
  AccessPolicyText: object({ text }),
  AccessPolicyFaults: object({ faults: list(object({ place: text, line: count, text })) }),
  AccessPolicyTry: object({
    version,
    changes: {
      type: 'object',
      description: 'rules by name that are added, removed or changed, and what else is otherwise',
    },
    losses: list(
      object(
        { who, what: text, types: texts, rules: texts },
        {
          nothing: { type: 'boolean', description: 'nothing of the types is left' },
          only: { ...texts, description: 'queries of which what is left meets one' },
          without: { ...texts, description: 'queries of what is not left' },
          ...{ hidden: texts, read_only: texts, labels: texts },
        },
      ),
    ),
  }),
  AccessPolicyInForce: object({ version }),
  ExplainedAccess: object({
    stored: { type: 'string', enum: ['yes', 'deleted', 'never'] },
    permitted: { type: 'boolean' },
    factors: list(object({ factor: text, says: { type: 'string', enum: ['leaves', 'hides', 'refuses-type'] } })),
    ...{ rules: texts, hidden: texts, read_only: texts, labels: texts },
  }),
  BrokenGlass: object({
    glass: list(
      object(
        { ...{ id: text, subject: text, client: text, patient: text, reason: text }, since: time, until: time },
        {
          person: text,
          verdict: { type: 'string', enum: ['justified', 'unjustified'] },
          note: text,
          reviewed_by: text,
        },
      ),
    ),
    has_more: { type: 'boolean' },
  }),
  ReviewedGlass: object({ id: text, verdict: text }),
  LegalHolds: object({
    holds: list(
      object(
        {
          hold_id: text,
          on: { ...text, description: 'a resource, or a type' },
          state: { type: 'string', enum: ['stands', 'lifted', 'over'] },
          ...{ reason: text, set_by: text, set_at: time },
        },
        { until: time, lifted_at: time, lifted_by: text, lifted_reason: text },
      ),
    ),
    has_more: { type: 'boolean', description: 'only the newest 200 are listed' },
  }),
  LegalHold: object({ hold_id: text }),
  Jobs: object({
    jobs: list(
      object(
        {
          job_id: text,
          state: { type: 'string', enum: ['waiting', 'running', 'ending', 'ended'] },
          about: { ...text, description: 'the request, without what names a patient' },
          ...{ client_id: text, kind: text, attempt: count, asked_at: time, kept_until: time },
          bytes: { ...count, description: 'of what it has made' },
        },
        {
          share: { type: 'number', minimum: 0, maximum: 1, description: 'how far it is; absent where nobody can say' },
          began_at: time,
          status: { ...count, description: 'of what came of it' },
        },
      ),
    ),
    index: list(object({ kind: { type: 'string', enum: ['definition', 'parameters'] }, done: count, total: count })),
    has_more: { type: 'boolean', description: 'only the newest 200 are listed' },
  }),
  Subscriptions: object({
    subscriptions: list(
      object(
        { subscription_id: text, status: text, numbered: count, paused: { type: 'boolean' }, changed_at: time },
        {
          topic: { ...text, description: 'its canonical' },
          receiver: { ...text, description: 'scheme, host and port of the address to which notifications are sent' },
          ...{ client_id: text, person: text, taken: count, behind: count },
          behind_since: { ...time, description: 'when the oldest event was stored that waits' },
          ...{ failed: count, failing_since: time, failure: text, paused_since: time, reason: text },
        },
      ),
    ),
    ...{ live: count, in_error: count, behind: count, failing: count },
    oldest_seconds: { ...count, description: 'the age of the oldest event that waits' },
    is_read: { type: 'boolean', description: 'whether events are made at this moment' },
    has_more: { type: 'boolean', description: 'only 200 are listed, those first whose events wait longest' },
  }),
} satisfies Record<string, Schema>;
