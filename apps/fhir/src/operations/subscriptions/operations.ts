/** `$status` and `$events` of subscriptions. https://hl7.org/fhir/R5/subscription-operations.html */
import type { Operation, OperationParameter } from '../operation.ts';
import { bindingToken } from './binding-token.ts';
import { handshake, resend } from './deliveries.ts';
import { events } from './events.ts';
import { status } from './status.ts';

const returnsBundle = (documentation: string): OperationParameter => ({
  ...{ name: 'return', use: 'out', min: 1, max: '1', type: 'Bundle', documentation },
});

export const subscriptionOperations: readonly Operation[] = [
  {
    id: 'Subscription-status',
    code: 'status',
    title: 'How subscriptions stand',
    description:
      'A SubscriptionStatus of the Subscription, or of all that the caller may see: its status, and for its owner the number of its last event and what it has failed with.',
    affectsState: false,
    levels: ['type', 'instance'],
    types: ['Subscription'],
    permission: 'r',
    asksAtType: true,
    parameters: [
      {
        ...{ name: 'id', use: 'in', min: 0, max: '*', type: 'id', scope: ['type'] },
        documentation: 'Ids of Subscriptions; of several each is meant.',
      },
      {
        ...{ name: 'status', use: 'in', min: 0, max: '*', type: 'code', scope: ['type'] },
        documentation: 'Only those with this status; of several any.',
      },
      {
        ...{ name: 'own', use: 'in', min: 0, max: '1', type: 'boolean', scope: ['type'] },
        documentation:
          'true: only those that the caller has requested, the last changed first; of more than 500 the link `next` tells the others.',
      },
      {
        ...{ name: 'behind', use: 'in', min: 0, max: '1', type: 'string', scope: ['type'] },
        documentation: 'With own: as the link `next` of the page before has it.',
      },
      returnsBundle('A Bundle of type searchset.'),
    ],
    run: status,
  },
  {
    id: 'Subscription-events',
    code: 'events',
    title: 'Events of a subscription',
    description:
      'The events of the Subscription by their numbers, for its owner. What the caller does not see at this moment has its number and nothing else; what the topic includes goes along, as far as the caller finds it. At most 100: ask for more behind the last number.',
    affectsState: false,
    levels: ['instance'],
    types: ['Subscription'],
    permission: 'r',
    parameters: [
      {
        ...{ name: 'eventsSinceNumber', use: 'in', min: 0, max: '1', type: 'integer64' },
        also: ['string'],
        documentation: 'The first number, which is one of them (default: the first that is kept).',
      },
      {
        ...{ name: 'eventsUntilNumber', use: 'in', min: 0, max: '1', type: 'integer64' },
        also: ['string'],
        documentation: 'The last number, which is one of them.',
      },
      {
        ...{ name: 'eventsSinceTime', use: 'in', min: 0, max: '1', type: 'instant', also: ['dateTime', 'string'] },
        documentation:
          'In the place of eventsSinceNumber: from the first event of that time on. No event is left out that is as late, and some of the minute before may come along.',
      },
      {
        ...{ name: 'content', use: 'in', min: 0, max: '1', type: 'code' },
        documentation: 'empty, id-only or full-resource (default: as the Subscription has it).',
      },
      returnsBundle('A Bundle of type subscription-notification.'),
    ],
    run: events,
  },
  {
    id: 'Subscription-get-ws-binding-token',
    code: 'get-ws-binding-token',
    title: 'A token that binds a websocket to subscriptions',
    description:
      'A token for the Subscription, or for those that are named, of the channel websocket and requested by the caller. It is good once and for half a minute; who has bound a socket with it is told events by the rights of the caller.',
    affectsState: true,
    levels: ['type', 'instance'],
    types: ['Subscription'],
    permission: 'r',
    parameters: [
      {
        ...{ name: 'id', use: 'in', min: 0, max: '*', type: 'id', scope: ['type'] },
        documentation: 'Ids of Subscriptions: at least one, and at most 100.',
      },
      { ...{ name: 'token', use: 'out', min: 1, max: '1', type: 'string' }, documentation: 'For bind-with-token.' },
      { ...{ name: 'expiration', use: 'out', min: 1, max: '1', type: 'dateTime' }, documentation: 'When it ends.' },
      {
        ...{ name: 'subscription', use: 'out', min: 0, max: '*', type: 'string' },
        documentation: 'Ids of the Subscriptions that it is for.',
      },
      {
        ...{ name: 'websocket-url', use: 'out', min: 1, max: '1', type: 'url' },
        documentation: 'The address to which the socket is opened.',
      },
    ],
    run: bindingToken,
  },
  {
    id: 'Subscription-resend',
    code: 'resend',
    isOwn: true,
    title: 'Notifications of a subscription once more',
    description:
      'Sends the events of a rest-hook to its receiver again, from a number on and under the same numbers, for its owner. What the receiver is being sent at this moment comes again too.',
    affectsState: true,
    levels: ['instance'],
    types: ['Subscription'],
    permission: 'u',
    parameters: [
      {
        ...{ name: 'eventsSinceNumber', use: 'in', min: 0, max: '1', type: 'integer64' },
        also: ['string'],
        documentation: 'The first event that is sent again: one that is kept, and that the receiver has taken.',
      },
      {
        ...{ name: 'eventsSinceTime', use: 'in', min: 0, max: '1', type: 'instant', also: ['dateTime', 'string'] },
        documentation:
          'In the place of it: from the first event of that time on. No event is left out that is as late, and some of the minute before may come along.',
      },
      returnsBundle('As $status answers.'),
    ],
    run: resend,
  },
  {
    id: 'Subscription-handshake',
    code: 'handshake',
    isOwn: true,
    title: 'A handshake that shows how a receiver answers',
    description:
      'Sends a handshake to the receiver of a rest-hook now, for its owner, and tells how it is answered. The status stays as it is, whatever the answer.',
    affectsState: true,
    levels: ['instance'],
    types: ['Subscription'],
    permission: 'u',
    parameters: [
      { ...{ name: 'ok', use: 'out', min: 1, max: '1', type: 'boolean' }, documentation: 'Whether it was taken.' },
      {
        ...{ name: 'milliseconds', use: 'out', min: 1, max: '1', type: 'integer' },
        documentation: 'How long that took.',
      },
      {
        ...{ name: 'error', use: 'out', min: 0, max: '1', type: 'CodeableConcept' },
        documentation: 'What went wrong.',
      },
    ],
    run: handshake,
  },
];
