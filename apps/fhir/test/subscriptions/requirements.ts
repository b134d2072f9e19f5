/**
 * The duties of a server, and what it should do, by the guide for topic-based subscriptions 1.1.0, as Inferno's requirement sheet counts it, each in the form that R5 has of it: with
 * the test that shows it, or why there is nothing to show for a server of R5. Numbers are those of the sheet.
 */
export interface Requirement {
  readonly id: number;
  readonly level: 'SHALL' | 'SHALL NOT' | 'SHOULD' | 'SHOULD NOT';
  /** In our words. */
  readonly about: string;
  /** Tests, each as `file: title`, where the file is one of `apps/fhir/test`; the title may be a beginning. */
  readonly shownBy?: readonly [string, ...string[]];
  readonly notOfR5?: string;
}

const inferno = 'subscriptions/inferno.test.ts';
const hooks = 'subscriptions/hooks.test.ts';
const events = 'subscriptions/events.test.ts';
const shapes = 'subscriptions/shapes.test.ts';

const empty = `${inferno}: with empty content has no entry`;
const ids = `${inferno}: with id-only names the focus`;
const full = `${inferno}: with full-resource has an entry`;
const created = `${inferno}: that is created is answered`;
const read = `${inferno}: that is read is a valid one`;
const headed = `${inferno}: is valid, has the content type`;
const shaken = `${inferno}: of the handshake is a valid one`;
const alive = `${inferno}: that is a heartbeat is a valid one`;
const declared = `${inferno}: declare Subscription with its interactions`;
const discovered = `${inferno}: let clients discover the topics`;
const answered = `${inferno}: answer with valid Bundles`;
const numbered = `${events}: are numbered from 1 in the order of commits`;
const statuses = `${events}: is of all Subscriptions that the caller may see`;
const places = `${events}: is refused with the place of all`;
const filtered = `${events}: are those that the filters mean`;
const begun = `${hooks}: begins with a handshake`;
const late = `${hooks}: is in error when the handshake fails`;
const refusedTopic = `${inferno}: where its topic is not one`;
const refusedFilter = `${inferno}: where the topic does not offer`;
const refusedChannel = `${inferno}: where its channel is not served`;
const refusedContent = `${inferno}: where its content may not go`;

type Row = readonly [id: number, level: Requirement['level'], about: string, ...shownBy: [string, ...string[]]];

const shown: readonly Row[] = [
  [7, 'SHALL', 'who accepts a Subscription detects the events of its topic, and tries to deliver them', created, begun],
  [8, 'SHOULD', 'a topic that there is not is refused', refusedTopic],
  [9, 'SHOULD', 'a filter that the topic does not offer is refused', refusedFilter],
  [10, 'SHOULD', 'a channel that is not served is refused', refusedChannel],
  [11, 'SHOULD', 'an endpoint that the channel cannot have is refused', `${inferno}: where its endpoint is none`],
  [12, 'SHOULD', 'a form of content that is not sent is refused', `${inferno}: where its content type is not sent`],
  [13, 'SHOULD', 'content that may not go over the channel is refused', refusedContent],
  [14, 'SHALL', 'a notification is a Bundle whose first entry is the SubscriptionStatus', empty, ids, full, shaken],
  [15, 'SHALL', 'each entry has a request, that of the status one to $status', empty, ids, full, alive],
  [
    16,
    'SHOULD',
    'failures of a delivery are noticed, and something is done about them',
    `${hooks}: keep no others waiting`,
  ],
  [20, 'SHALL', 'a handshake that is answered makes the Subscription active', created],
  [21, 'SHALL', 'a handshake that fails puts it into error', late],
  [25, 'SHALL', 'events are posted to the endpoint as Bundles', `${inferno}: of an event is posted`],
  [26, 'SHALL', 'with the content type of the Subscription', headed, `${hooks}: tells in XML, by id alone`],
  [27, 'SHALL', 'with each header field of the Subscription', headed],
  [28, 'SHALL', 'the Bundle is a valid notification', headed, empty, ids, full],
  [29, 'SHALL', 'a new Subscription to a rest-hook is requested until the handshake', created],
  [30, 'SHALL', 'and active behind it', created],
  [31, 'SHALL', 'or in error, where the handshake fails', late],
  [32, 'SHOULD', 'nothing is sent without TLS', refusedContent, places],
  [35, 'SHALL', 'what goes along has the form of the content', empty, ids, full, `${shapes}: names and sends what`],
  [36, 'SHOULD', 'a Subscription whose content will not be sent so is refused', refusedContent],
  [38, 'SHALL NOT', 'empty content refers to no resource', empty],
  [39, 'SHALL NOT', 'empty content has no entry but the status', empty],
  [40, 'SHALL', 'id-only refers to the focus of each event', ids],
  [42, 'SHALL', 'entries of id-only have an address and a request', ids],
  [43, 'SHALL', 'full-resource refers to the focus of each event', full],
  [
    44,
    'SHALL',
    'full-resource has an entry for each resource that is told',
    full,
    `${shapes}: has an entry for what is too large`,
  ],
  [
    45,
    'SHALL',
    'each with the resource, or with the request where it is not sent',
    full,
    `${shapes}: has an entry for what is too large`,
  ],
  [47, 'SHALL', '$status is there', declared, answered],
  [48, 'SHOULD', 'topics can be discovered: as resources, in R5', discovered],
  [49, 'SHALL', 'there is a channel', created],
  [50, 'SHOULD', 'one of those that are specified', created],
  [51, 'SHALL', 'there is a form of content', empty, ids, full],
  [52, 'SHALL', 'the capabilities are declared', declared],
  [53, 'SHALL', 'one of the specified forms of content is sent', empty, ids, full],
  [54, 'SHOULD', 'one of the specified channels is served', created],
  [59, 'SHALL', 'the channel is read from the Subscription', refusedChannel, created],
  [60, 'SHALL', 'one that is not served is refused', refusedChannel],
  [63, 'SHALL', 'filters that cannot be applied are refused', refusedFilter],
  [65, 'SHALL', 'the content is read from the Subscription', empty, ids, full],
  [66, 'SHALL', 'content that is not sent is refused', refusedContent, places],
  [67, 'SHALL', 'a notification has what its content says', empty, ids, full],
  [69, 'SHALL', 'each has a valid SubscriptionStatus', empty, ids, full, shaken, alive],
  [70, 'SHALL', 'as its first entry', empty, ids, full, shaken, alive],
  [72, 'SHALL', 'the topic stands in the Subscription, and is read and written', read],
  [73, 'SHALL', 'as the canonical of a topic', read],
  [74, 'SHALL', 'and is what the events are of', `${inferno}: tells of what the topic names`],
  [75, 'SHALL', 'a Subscription that will not be honoured is refused', refusedTopic, places],
  [77, 'SHALL', 'events are counted while notifications fail', late],
  [78, 'SHALL', 'the status is changed by the server then', late],
  [79, 'SHALL', '$status goes on answering then', late],
  [90, 'SHALL', 'another version of FHIR in the content type is refused', places],
  [93, 'SHALL', 'heartbeats come in the period that was asked for', alive, `${hooks}: sends signs of life`],
  [94, 'SHALL', 'and none where it was not', `${hooks}: sends no signs of life that were not asked for`],
  [
    95,
    'SHALL',
    'several filters must all be met',
    'topics-oracle.test.ts: narrowed by filters, all of which must be met',
    filtered,
  ],
  [97, 'SHALL', 'an attempt has failed after the timeout that was asked for', `${hooks}: keep no others waiting`],
  [98, 'SHALL', 'a notification has at most as many events as were asked for', begun],
  [99, 'SHOULD NOT', 'empty content does not name the topic', empty],
  [101, 'SHOULD', 'full-resource does', full],
  [102, 'SHALL', 'the number of events counts all, and neither handshakes nor heartbeats', shaken, alive, begun, late],
  [103, 'SHALL', 'each event has the next number', numbered],
  [106, 'SHALL', '$status of one passes over id', answered],
  [107, 'SHALL', '$status of several means each id', statuses],
  [108, 'SHALL', 'without ids all that the caller sees', statuses],
  [109, 'SHALL', '$status of one passes over status', answered],
  [110, 'SHALL', '$status of several means each status', statuses],
  [111, 'SHALL', 'without a status all', statuses],
  [112, 'SHALL', 'the answer is a searchset with a SubscriptionStatus for each', answered, statuses],
  [114, 'SHALL', 'Subscription is among the declared resources', declared],
  [115, 'SHALL', '$events answers with a valid notification that begins with the status', answered],
  [118, 'SHALL', 'eventsSinceNumber is the first number', numbered],
  [119, 'SHALL', 'eventsUntilNumber is the last number', numbered],
  [120, 'SHOULD', 'the Subscription of R5 is what is read and written', read, created],
  [121, 'SHALL', '$status is declared', declared],
  [124, 'SHALL', 'a Subscription can be read', read],
  [125, 'SHOULD', 'created', created],
  [126, 'SHOULD', 'changed', created],
  [127, 'SHOULD', 'and deleted', created],
  [129, 'SHALL', 'found by its endpoint', read],
  [130, 'SHOULD', 'and by its status', read],
  [133, 'SHALL', 'Subscriptions are written', created],
  [134, 'SHALL', 'and read', read],
  [135, 'SHALL', 'filters are read from the Subscription', filtered, refusedFilter],
  [
    136,
    'SHALL',
    'and applied as the topic says',
    filtered,
    'topics-oracle.test.ts: are refused by name where the topic does not',
  ],
  [137, 'SHALL', 'a Subscription that is read has what it must have', read, created],
  [138, 'SHALL', 'a notification has what it must have', headed, empty, ids, full],
  [139, 'SHALL', 'a SubscriptionStatus has what it must have', headed, empty, ids, full],
];

const ofOtherVersions: readonly (readonly [number, Requirement['level'], string, string])[] = [
  [
    57,
    'SHOULD',
    'the statement names the one of the guide for R4',
    'R5 has no such statement: there is no guide for it',
  ],
  [
    58,
    'SHALL',
    'the statement names the profile of the guide for R4',
    'R5 has the elements themselves, and no profile of them',
  ],
];

export const requirements: readonly Requirement[] = [
  ...shown.map(([id, level, about, ...shownBy]): Requirement => ({ id, level, about, shownBy })),
  ...ofOtherVersions.map(([id, level, about, notOfR5]): Requirement => ({ id, level, about, notOfR5 })),
];

/** Faults of subscriptions that users of other servers have reported there, with the test that shows that it cannot happen here. */
export interface Thread {
  readonly thread: string;
  /** In our words. */
  readonly fault: string;
  /** As of a requirement. */
  readonly shownBy?: readonly [string, ...string[]];
  readonly notShown?: string;
}

const sockets = 'subscriptions/sockets.test.ts';

export const threads: readonly Thread[] = [
  {
    thread: 'hapi-fhir#6002',
    fault: 'a receiver that is away for longer than a minute is told nothing',
    shownBy: [`${inferno}: are tried for a day`],
  },
  {
    thread: 'hapi-fhir#5208',
    fault: 'one update is told nineteen times',
    shownBy: [
      `${inferno}: tells of what the topic names`,
      filtered,
      'subscriptions/killed.test.ts: leave every change with one number',
    ],
  },
  { thread: 'hapi-fhir#2102', fault: 'a Subscription of R5 is refused when it is created', shownBy: [created, read] },
  {
    thread: 'hapi-fhir#2825',
    fault: 'there is no token by which a websocket is bound',
    shownBy: [`${sockets}: is bound by a token, begins`],
  },
  {
    thread: 'hapi-fhir#4748',
    fault: 'a Subscription of R5 fires by criteria of R4, and sends the resource alone',
    shownBy: [`${inferno}: tells of what the topic names`, headed],
  },
  { thread: 'hapi-fhir#5687', fault: '', notShown: 'its text is not at hand' },
  { thread: 'microsoft/fhir-server#1114', fault: 'there are no subscriptions', shownBy: [created] },
  {
    thread: 'medplum#8807',
    fault: 'the access policy of the owner does not count for a rest-hook',
    shownBy: [
      `${hooks}: tells nothing of what its owner`,
      `${events}: are asked before a number is given`,
      `${events}: ends a subscription that looks at it`,
    ],
  },
  {
    thread: 'medplum#9750',
    fault: 'nobody can say whose rights a delivery is by, and for how long',
    shownBy: [
      `${events}: end with the client, and those of a person`,
      `${events}: give events to nobody but who requested them`,
    ],
  },
  {
    thread: 'medplum#9738',
    fault: 'what failed is not tried again, or done twice',
    shownBy: [`${hooks}: keep no others waiting`],
  },
  { thread: 'medplum#3451', fault: '', notShown: 'its text is not at hand' },
  {
    thread: 'medplum#2513',
    fault: 'notifications come in any order',
    shownBy: [begun, `${hooks}: keep no others waiting`],
  },
  {
    thread: 'medplum#6293',
    fault: 'a receiver that does not answer is waited for without end',
    shownBy: [`${hooks}: keep no others waiting`],
  },
  {
    thread: 'HeliosSoftware/hfs#170',
    fault: 'a socket is told only by the node that has made the event',
    shownBy: [`${sockets}: leaves nothing lost: the next socket`],
  },
];
