/** Receivers of a day, at which developers see the notifications of their subscriptions in the playground. docs/notifications.md */
import type { Pools } from './pools.ts';
import {
  deleteTestReceiver,
  findTestReceiver,
  insertTestNotification,
  insertTestReceiver,
  selectTestNotifications,
  selectTestReceivers,
  setTestReceiver,
  type ReceiverAnswer,
  type TestNotification,
  type TestReceiver,
} from './statements/test-receivers.ts';
import { guarded } from './store-unavailable.ts';

/** All methods reject with `StoreUnavailable` when the database cannot be reached or does not answer in time; each is as its statement. */
export interface TestReceiverStore {
  add(
    receiver: Parameters<typeof insertTestReceiver>[1],
    limits: Parameters<typeof insertTestReceiver>[2],
  ): Promise<boolean>;
  list(owner: string, id?: string): Promise<TestReceiver[]>;
  find(token: string): Promise<TestReceiver | undefined>;
  keep(receiver: string, notification: Omit<TestNotification, 'number' | 'received'>): Promise<void>;
  notifications(receiver: string): Promise<TestNotification[]>;
  set(owner: string, id: string, answer: ReceiverAnswer): Promise<boolean>;
  remove(owner: string, id: string): Promise<boolean>;
}

export function createTestReceiverStore({ writes, pages }: Pick<Pools, 'writes' | 'pages'>): TestReceiverStore {
  return {
    add: (receiver, limits) => guarded(() => insertTestReceiver(writes, receiver, limits)),
    list: (owner, id) => guarded(() => selectTestReceivers(pages, owner, id)),
    find: (token) => guarded(() => findTestReceiver(pages, token)),
    keep: (receiver, notification) => guarded(() => insertTestNotification(writes, receiver, notification)),
    notifications: (receiver) => guarded(() => selectTestNotifications(pages, receiver)),
    set: (owner, id, answer) => guarded(() => setTestReceiver(writes, owner, id, answer)),
    remove: (owner, id) => guarded(() => deleteTestReceiver(writes, owner, id)),
  };
}
