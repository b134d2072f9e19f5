/** The SSO that hostile requests are sent to, and what they cost it. */
import { randomBytes } from 'node:crypto';
import { resourceTypes } from '@dhp/fhir-model';
import { openAdministrators } from '@dhp/accounts';
import { openClients } from '@dhp/clients';
import { adminScopes } from '@dhp/clients/fields';
import { connect } from '@dhp/postgres';
import { testDatabase } from '@dhp/postgres/testing';
import { createSso, migrations } from '@dhp/sso';
import { accessStub } from '../../../../apps/sso/test/access-stub.ts';
import { issuer, newClient, playground, production, recordsInUse } from '../../../../apps/sso/test/support.ts';
import type { Answer, Sent } from '../../shape.ts';
import { administrationToken } from '../../sso/requests.ts';
import type { WorkCounter } from '../../work.ts';
import { openCostWorld } from '../../world.ts';
import { meterDatabase } from '../database-work.ts';
import type { Instruments } from '../judge.ts';
import type { SsoDocuments } from './announced.ts';
import { openGround, type Ground } from './ground.ts';

export interface SsoSubject {
  readonly documents: SsoDocuments;
  readonly ground: Ground;
  readonly instruments: Instruments;
  close(): Promise<void>;
}

/** Milliseconds without an answer after which a request counts as lost. */
const patience = 120_000;
/** Milliseconds for which a token of the administration is used; it lives for 300 s. */
const tokenLife = 100_000;
const nobodyThere = 'http://127.0.0.1:9';
/** Work in the background would fall into the measurements. */
const hour = 3_600;

/** @param counter counts the blocks of code of this process, in which the server runs */
export async function openSsoSubject(counter: WorkCounter): Promise<SsoSubject> {
  const database = await testDatabase({ name: 'sso', migrations: [migrations] });
  const meter = await meterDatabase(database.url, /\0dhp sso[^\0]*\0/);
  const sql = connect(meter.url, { max: 4, reads: 2, applicationName: 'dhp sso' });
  const sso = await createSso({
    ...{ sql, issuer, environments: { playground, production }, patients: recordsInUse, resourceTypes },
    accessAdministration: accessStub(),
    ...{ fhirUrls: { playground: nobodyThere, production: nobodyThere }, encryptionKey: randomBytes(32) },
    ...{ defaultLanguage: 'uz', allowedHosts: ['127.0.0.1'] },
    ...{ chainSeconds: hour, keyPollSeconds: hour, messagePollSeconds: hour, noticePollSeconds: hour },
  });
  const url = await sso.app.listen({ host: '127.0.0.1', port: 0 });
  const clients = openClients(database.sql, { actor: 'cli:tester' });
  const world = openCostWorld({
    sso: { url, issuer },
    client: await newClient(clients),
    operator: await newClient(clients, { scopes: [...adminScopes] }),
    makeAdministrator: (username) => openAdministrators(database.sql, { actor: 'cli:tester' }).make(username),
    askFhir: () => Promise.reject(new Error('there is no FHIR server')),
  });
  const authorized = authorizing(
    () => administrationToken(world),
    () => {
      counter.take();
      meter.take();
    },
  );
  const read = async (path: string): Promise<unknown> => (await fetch(`${url}${path}`)).json();
  return {
    documents: {
      metadata: (await read('/.well-known/openid-configuration')) as SsoDocuments['metadata'],
      openApi: (await read('/admin/openapi.json')) as SsoDocuments['openApi'],
    },
    ground: await openGround(world),
    instruments: {
      async measure(sent) {
        const answer = await inTime(world.ask(await authorized(sent)));
        return { answer, work: counter.takeParts(), units: undefined, database: meter.take() };
      },
    },
    async close() {
      await sso.close();
      await sql.end({ timeout: 5 });
      await database.drop();
      await meter.close();
    },
  };
}

/** Requests of the administration with a token, which is made again at times; `made` is called then. */
function authorizing(makeToken: () => Promise<string>, made: () => void): (sent: Sent) => Promise<Sent> {
  let [token, since] = ['', -Infinity];
  return async (sent) => {
    if (!sent.path.startsWith('admin/')) return sent;
    if (performance.now() - since > tokenLife) {
      [token, since] = [await makeToken(), performance.now()];
      made();
    }
    return { ...sent, headers: { ...sent.headers, authorization: `Bearer ${token}` } };
  };
}

function inTime(answer: Promise<Answer>): Promise<Answer> {
  const { promise, reject } = Promise.withResolvers<Answer>();
  const timer = setTimeout(() => reject(new Error(`nothing in ${patience} ms`)), patience);
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer));
}
