/** `SubscriptionTopic/$try`: how often a topic would have fired on the changes of the last day. docs/subscriptions.md */
import type { JsonResource } from '@dhp/fhir-search';
import { patientsIn } from '../../audit/patients-in.ts';
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { missingPermission, refusal } from '../../http/access.ts';
import { receiveResource, receiveText } from '../../http/body.ts';
import { payForParsing } from '../../http/cost.ts';
import { json } from '../../http/respond.ts';
import { requireCurrent } from '../../interactions/current.ts';
import { basesOf, compileWhole } from '../../topics/derived.ts';
import { activeTopics } from '../../topics/find-topic.ts';
import { topicFailure } from '../../topics/topic-failure.ts';
import { invalid, isObject } from '../input.ts';
import type { Input, Operation } from '../operation.ts';
import { mostExamples, mostLooked, tryLastDay, type Tried } from './last-day.ts';

/** Fails with `topic-invalid` for a topic that could not be active, and as a search of each type that its triggers name. */
async function tryTopic(services: Services, call: Call, input: Input): Promise<Answer> {
  const { store, timeZone, baseUrl } = services;
  const resource = await topicOf(services, call, input);
  const reading = { timeZone, ownBases: [baseUrl], own: await store.searchParameters() };
  const looking = { timeZone, baseUrl, now: services.clock() };
  const bases = await basesOf(resource, async (canonical) => {
    // By the caller's search permissions, like any other question about topics.
    const within = services.reading('s').rules?.('s', 'SubscriptionTopic') ?? false;
    return within === false ? undefined : (await activeTopics(store, canonical, { ...looking, within }))[0]?.resource;
  });
  const compiled = compileWhole(resource, reading, bases);
  if ('faults' in compiled) throw topicFailure(compiled.faults);
  for (const type of compiled.topic.types) requireSearched(services, call, type);
  const tried = await tryLastDay(services, call, compiled.topic, reading);
  for (const { version } of tried.examples) noteFor(services, call, version);
  const headers = { 'cache-control': 'private, no-store' };
  return json(JSON.stringify({ resourceType: 'Parameters', parameter: parametersOf(tried) }), headers);
}

async function topicOf(services: Services, call: Call, input: Input): Promise<JsonResource> {
  const { type, id, budget } = call;
  const sent = input.get('topic')?.[0] ?? bodyOf(call);
  if (sent !== undefined && id !== '')
    invalid('topic', '$try is asked of the topic at the address; leave out topic, or ask SubscriptionTopic/$try.');
  if (sent !== undefined) {
    if (!isObject(sent) || sent['resourceType'] !== 'SubscriptionTopic')
      invalid('topic', 'topic is a SubscriptionTopic, in the resource of a parameter.', 'Parameters.parameter');
    return sent as unknown as JsonResource;
  }
  if (id === '')
    invalid(
      'topic',
      '$try needs the SubscriptionTopic, as topic in Parameters or as the body; a stored one is at SubscriptionTopic/[id]/$try.',
    );
  const stored = await services.store.read(type, id);
  requireCurrent(stored, type, id);
  payForParsing(budget, stored.content);
  return JSON.parse(stored.content.toString('utf8')) as JsonResource;
}

/** The topic itself, in the place of Parameters. */
function bodyOf({ body }: Call): unknown {
  const isEmpty = body === undefined || (Buffer.isBuffer(body) && body.length === 0);
  if (isEmpty || receiveText(body).resourceType === 'Parameters') return undefined;
  return receiveResource(body, 'SubscriptionTopic').resource;
}

function requireSearched(services: Services, { access }: Call, type: string): void {
  const missing = missingPermission(access!, 's', type, '$try');
  if (missing !== undefined) throw missing;
  if (services.reading('s').rules?.('s', type) === false) throw refusal(access!, 's', type, '$try');
}

/** Records the patients of an example, as a search that finds it does. */
function noteFor(
  { baseUrl }: Services,
  { recording }: Call,
  { type, id, content }: Tried['examples'][number]['version'],
): void {
  if (recording === undefined) return;
  if (type === 'Patient') recording.patients.add(id);
  if (content.length > 0) patientsIn(content, baseUrl, recording.patients);
}

function parametersOf({ looked, fired, isWhole, examples, failed, failure }: Tried): object[] {
  return [
    { name: 'looked', valueInteger: looked },
    { name: 'fired', valueInteger: fired },
    { name: 'whole', valueBoolean: isWhole },
    ...examples.map(({ version: { type, id, versionId }, interaction, trigger }) => ({
      name: 'example',
      part: [
        { name: 'focus', valueReference: { reference: `${type}/${id}/_history/${String(versionId)}` } },
        ...(interaction === undefined ? [] : [{ name: 'interaction', valueCode: interaction }]),
        { name: interaction === undefined ? 'event-trigger' : 'trigger', valueInteger: trigger },
      ],
    })),
    ...(failure === undefined
      ? []
      : [
          {
            name: 'failed',
            part: [
              { name: 'count', valueInteger: failed },
              { name: 'reason', valueString: failure },
            ],
          },
        ]),
  ];
}

const once = { min: 1, max: '1' } as const;

export const tryTopicOperation: Operation = {
  id: 'SubscriptionTopic-try',
  code: 'try',
  isOwn: true,
  title: 'How often a topic would have fired',
  description:
    'Tries a SubscriptionTopic, the one at the address or one that is sent, whatever its status is, on the changes of the last 24 hours that the ' +
    'caller may search: on how many it would have fired, with examples. A topic that could not be active is refused with the place of each fault. ' +
    'Nothing is stored, and nobody is notified.',
  affectsState: false,
  levels: ['type', 'instance'],
  types: ['SubscriptionTopic'],
  permission: 'r',
  takesResource: true,
  parameters: [
    {
      ...{ name: 'topic', use: 'in', min: 0, max: '1', type: 'Resource', scope: ['type'] },
      documentation:
        'The SubscriptionTopic; it may be the body itself, in the place of Parameters. At the address of a stored one there is none.',
    },
    {
      ...{ name: 'looked', use: 'out', ...once, type: 'integer' },
      documentation: 'How many changes of the types of its triggers were looked at, the oldest first.',
    },
    {
      ...{ name: 'fired', use: 'out', ...once, type: 'integer' },
      documentation: 'On how many of them it would have fired.',
    },
    {
      ...{ name: 'whole', use: 'out', ...once, type: 'boolean' },
      documentation: `Whether these are all of the day: ${mostLooked} are looked at, and no more than the request may cost.`,
    },
    {
      ...{ name: 'example', use: 'out', min: 0, max: '*' },
      documentation: `One of the first ${mostExamples} changes on which it would have fired.`,
      part: [
        { name: 'focus', ...once, type: 'Reference', documentation: 'The version.' },
        {
          ...{ name: 'interaction', min: 0, max: '1', type: 'code' },
          documentation: 'create, update or delete; none of an event that was reported.',
        },
        {
          ...{ name: 'trigger', min: 0, max: '1', type: 'integer' },
          documentation: 'Which resource trigger fired first, from 0.',
        },
        {
          ...{ name: 'event-trigger', min: 0, max: '1', type: 'integer' },
          documentation: 'In its place of an event that was reported: which event trigger it is, from 0.',
        },
      ],
    },
    {
      ...{ name: 'failed', use: 'out', min: 0, max: '1' },
      documentation: 'Changes of which a criterion could not be told, so that its trigger did not fire.',
      part: [
        { name: 'count', ...once, type: 'integer', documentation: 'How many.' },
        { name: 'reason', ...once, type: 'string', documentation: 'Why, of the first one.' },
      ],
    },
  ],
  run: tryTopic,
};
