/** A platform in its usual processes, a receiver, and clients with subscriptions: what the bars of notifications are measured on. */
import { join } from 'node:path';
import { connect, databaseUrl, startEmbedded, type Sql } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { cpuTime } from '../../../bench/cpu.ts';
import { fhirAt, hasStatus, type Ask } from '../../fhir.ts';
import { getToken, openHome } from '../../platform.ts';
import { startReceiver, type Receiver } from './ground.ts';

type Json = Readonly<Record<string, unknown>>;

export interface OneNode {
  readonly base: string;
  /** As a client that may do everything. */
  readonly ask: Ask;
  readonly receiver: Receiver;
  /** Of the database of the playground. */
  readonly sql: Sql;
  readonly version: string;
  /** Milliseconds of CPU of the platform and of PostgreSQL together, since they began. */
  cpu(): Promise<number>;
  /** Other clients, since one has a limit of subscriptions. */
  clients(count: number): Promise<Ask[]>;
  close(): Promise<void>;
}

/** Subscriptions of one client. */
export const perClient = 1_000;

export async function openNode(): Promise<OneNode> {
  const receiver = await startReceiver();
  const home = await openHome({
    serves: 'sso,fhir',
    environment: {
      ...{ DHP_IF_MATCH: 'optional', DHP_FHIR_CLIENT_RATE: '0', DHP_SSO_CLIENT_RATE: '0', DHP_SSO_ADDRESS_RATE: '0' },
      ...{ DHP_OUTBOUND_HOSTS: receiver.host, DHP_SUBSCRIPTION_LIMIT: String(perClient) },
    },
  });
  const close = async (): Promise<void> => {
    await home.close();
    await receiver.close();
  };
  try {
    const platform = await home.start();
    const base = platform.urls.playground;
    const asClient = async (): Promise<Ask> =>
      fhirAt(base, await getToken(platform.urls.sso, await home.createClient()));
    const { url } = await startEmbedded({ directory: join(home.data, 'postgres') });
    const sql = connect(databaseUrl(url, 'dhp_playground'), { max: 1, applicationName: 'dhp proof' });
    const [row] = await sql<{ server_version: string }[]>`show server_version`;
    const watched = { server: platform.pid, postmaster: await home.postmaster() };
    return {
      ...{ base, ask: await asClient(), receiver, sql, version: row!.server_version.split(' ')[0]! },
      async cpu() {
        const { server = 0, postgres = 0 } = (await cpuTime(watched)) ?? {};
        return 1_000 * (server + postgres);
      },
      async clients(count) {
        const asks: Ask[] = [];
        while (asks.length < count) asks.push(await asClient());
        return asks;
      },
      async close() {
        await sql.end({ timeout: 5 });
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const codes = 'http://example.org/codes';
const types = 'http://terminology.hl7.org/CodeSystem/subscription-channel-type';

/** A topic of Observations, whose subscribers choose by their code. @param code of those that it is about; undefined: all */
export function topicOf(name: string, code?: string): Json {
  const queryCriteria = { current: `code=${codes}|${code ?? ''}`, resultForCreate: 'test-passes' };
  return {
    ...{ resourceType: 'SubscriptionTopic', id: name, url: `http://example.org/topics/${name}`, status: 'active' },
    resourceTrigger: [
      {
        ...{ resource: 'Observation', supportedInteraction: ['create', 'update'] },
        ...(code !== undefined && { queryCriteria }),
      },
    ],
    canFilterBy: [{ resource: 'Observation', filterParameter: 'code' }],
  };
}

/** @param to where it is sent; undefined: its owner asks for its events @param code undefined: of all */
export function subscriptionTo(topic: string, id: string, to: string | undefined, code?: string): Json {
  return {
    ...{ resourceType: 'Subscription', id, status: 'requested', topic: `http://example.org/topics/${topic}` },
    ...(to === undefined
      ? { channelType: { system: 'urn:dhp:subscription-channel', code: 'events' } }
      : { channelType: { system: types, code: 'rest-hook' }, endpoint: to, timeout: 10 }),
    content: 'full-resource',
    ...(code !== undefined && { filterBy: [{ filterParameter: 'code', value: `${codes}|${code}` }] }),
  };
}

export function observation(id: string, code: string): Json {
  return { resourceType: 'Observation', id, status: 'final', code: { coding: [{ system: codes, code }] } };
}

/** Stores resources as transactions of up to `size`. */
export async function store(ask: Ask, resources: readonly Json[], size = 50): Promise<void> {
  for (let from = 0; from < resources.length; from += size)
    hasStatus(await ask('POST', '', transactionOf(resources.slice(from, from + size))), 200);
}

export function transactionOf(resources: readonly Json[]): Json {
  const entry = resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${String(resource['resourceType'])}/${String(resource['id'])}` },
  }));
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

/** Milliseconds that something may take; only a fault reaches it. */
export const patience = 600_000;

/** Waits until as many subscriptions are active, and known to the reader of events. */
export async function untilActive({ sql }: OneNode, count: number): Promise<void> {
  await until(
    `${String(count)} subscriptions are active`,
    async () => {
      const [row] = await sql<{ n: number }[]>`
      select count(*)::int as n from fhir.subscription where status = 'active' and wanted is null`;
      return row!.n >= count;
    },
    patience,
  );
}

/** Waits until the reader of events is behind a resource, of a type that it reads. */
export async function untilRead({ sql }: OneNode, id: string): Promise<void> {
  await until(
    'all changes are read',
    async () => {
      const [row] = await sql<{ is: boolean }[]>`
      select split_part(e.place, '.', 1)::xid8 >= r.txid as is from fhir.event_reader e, fhir.resource r where r.id = ${id}`;
      return row?.is === true;
    },
    patience,
  );
}
