/**
 * The rules that every write on behalf of a caller has to meet, in the order in which they are asked. `guarded-writes.ts` applies them; it is
 * the only way to the writes of the store.
 */
import { searchParameterRule } from './checked-parameters.ts';
import { hiddenElements, readOnlyElements } from './element-rules.ts';
import { failure } from '../http/errors.ts';
import { requireIdentifiers, restrictsIdentifiers } from './national-identifiers.ts';
import { recordTypes } from './patient-access.ts';
import { basesOf, compileWhole } from '../topics/derived.ts';
import { activeTopics, canonicalParts, twinFault, twinOf } from '../topics/find-topic.ts';
import { topicFailure } from '../topics/topic-failure.ts';
import type { WriteRule } from './write-rule.ts';
import { signatureRule } from './signature-rule.ts';
import { scopesRule } from './write-scopes.ts';

/** Records of past events are immutable. */
const recordsKept: WriteRule = {
  name: 'records-kept',
  refuses: ['record-kept'],
  decidesBy: 'stored',
  applies: (_, { kind, type }) => recordTypes.has(type) && kind !== 'create',
  check(_, { type, id }, current) {
    if (current?.deleted !== false) return;
    const diagnostics = `${type}/${id} is a record of what happened. It stays as it was written; write another ${type}.`;
    throw failure('record-kept', { type }, { diagnostics, expression: type, headers: { allow: 'GET, HEAD, OPTIONS' } });
  },
};

/** Identifiers by which the state knows a person are for those who may write them. */
const nationalIdentifiers: WriteRule = {
  name: 'national-identifiers',
  refuses: ['national-identifier-not-permitted'],
  decidesBy: 'stored',
  applies: ({ access }, { type }) => restrictsIdentifiers(access, type),
  check(context, write, current) {
    requireIdentifiers(context, write, current);
  },
};

/** References of this server have a target that the caller may see, and no resource that the caller sees refers to a deleted one. */
const references: WriteRule = {
  name: 'references',
  refuses: ['reference-not-found', 'resource-referenced'],
  decidesBy: 'references',
  applies: ({ keepsReferences }) => keepsReferences,
};

/** An active SubscriptionTopic can fire. A draft may be unfinished: `$try` reports its errors. */
const subscriptionTopics: WriteRule = {
  name: 'subscription-topics',
  refuses: ['topic-invalid'],
  decidesBy: 'sent',
  applies: (_, { kind, type }) => type === 'SubscriptionTopic' && kind !== 'delete',
  async check({ store, timeZone, ownBases, now, rules, reading }, write, together) {
    const { id, resource } = write;
    if (resource?.['status'] !== 'active') return;
    const within = rules(reading, 'SubscriptionTopic');
    const of = { timeZone, baseUrl: ownBases[0]!, now: now(), within };
    const bases = await basesOf(resource, async (canonical) => {
      const { url, version } = canonicalParts(canonical);
      const beside = together.firstActive('SubscriptionTopic', url, version)?.resource;
      // Resources that the caller does not see are not used.
      return beside ?? (within === false ? [] : await activeTopics(store, canonical, { ...of, within }))[0]?.resource;
    });
    const compiled = compileWhole(resource, { timeZone, ownBases, own: await store.searchParameters() }, bases);
    if ('faults' in compiled) throw topicFailure(compiled.faults);
    const first = together.firstActive('SubscriptionTopic', resource['url'], resource['version']);
    if (first !== undefined && first !== write) throw topicFailure([twinFault(resource, first.id)]);
    // Resources that the caller does not see are not mentioned.
    if (within === false) return;
    const twin = await twinOf(store, { id, resource }, { ...of, within, except: together.isWritten });
    if (twin !== undefined) throw topicFailure([twin]);
  },
};

export const writeRules: readonly WriteRule[] = [
  scopesRule,
  recordsKept,
  hiddenElements,
  readOnlyElements,
  nationalIdentifiers,
  references,
  searchParameterRule,
  subscriptionTopics,
  signatureRule,
];
