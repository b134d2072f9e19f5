/** Test receivers as the SSO reports them, and the metadata of a notification. */
import { listOf, membersOf, textOf } from '../explorer/kept.ts';

export interface Receiver {
  readonly id: string;
  readonly address: string;
  /** The secret with which its notifications must be signed. */
  readonly secret: string;
  /** `takes`, `fails` or `slow`. */
  readonly answer: string;
  readonly numbered: number;
  readonly ends: string;
}

export interface Notification {
  readonly number: number;
  readonly received: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of the whole. */
  readonly bytes: number;
  /** `right`, `wrong` or `none`. */
  readonly signature: string;
}

export interface ReceiversAnswer {
  /** Null if the installation has none. */
  readonly receivers: readonly Receiver[] | null;
  /** Of the requested receiver, the newest first. */
  readonly notifications?: readonly Notification[];
  readonly most?: number;
}

/**
 * The type of a notification and the numbers of its events, as far as they can be read: from XML, and from a cut text, by searching its
 * words.
 */
export function saidBy({ body }: Pick<Notification, 'body'>): {
  readonly type: string;
  readonly numbers: readonly string[];
} {
  const status = statusOf(body);
  if (status !== undefined)
    return {
      type: textOf(status['type']),
      numbers: listOf(status['notificationEvent']).map((one) => textOf(membersOf(one)['eventNumber'])),
    };
  const type = /<type value="((?:handshake|heartbeat|event-notification))"/.exec(body)?.[1] ?? '';
  return { type, numbers: [...body.matchAll(/<eventNumber value="(\d+)"/g)].map(([, number]) => number!) };
}

function statusOf(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const [first] = listOf(membersOf(JSON.parse(body))['entry']);
    return membersOf(membersOf(first)['resource']);
  } catch {
    return undefined;
  }
}
