/** SMART App Launch in a real browser, by the library that most SMART applications use: fhirclient. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { demoPractitionerId } from '@dhp/synthetic-population';
import { launchBrowser, withoutBrowser } from './browser.ts';
import { makePerson } from './people.ts';
import { getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';

const library = readFileSync(createRequire(import.meta.url).resolve('fhirclient/build/fhir-client.js'));
/** As typed by a doctor with a Cyrillic keyboard. */
function cyrillic(name: string): string {
  const latin = 'abdefghijklmnopqrstuvxyz'.split('');
  const letters = 'абдефгҳижклмнопқрстувхйз'.split('');
  const pairs: Record<string, string> = {
    sh: 'ш',
    ch: 'ч',
    yo: 'ё',
    yu: 'ю',
    ya: 'я',
    "o'": 'ў',
    oʻ: 'ў',
    "g'": 'ғ',
    gʻ: 'ғ',
  };
  const text = name.toLowerCase().replace(/sh|ch|y[oua]|[og]['ʻ]/g, (pair) => pairs[pair]!);
  return text.replace(/[a-z]/g, (letter) => letters[latin.indexOf(letter)] ?? letter);
}

const person = { username: 'aziza', password: 'a long and quiet password' };

describe('fhirclient in a browser', { skip: withoutBrowser }, () => {
  let place: Home;
  let platform: Platform;
  let app: Server;
  let origin: string;
  let browser: Browser;
  let page: Page;
  let patient: string;
  let fromElsewhere: string;
  let clientId: string;

  before(async () => {
    place = await openHome({
      begins: 'migrated',
      programs: 'kept',
      serves: 'sso,fhir',
      environment: { DHP_SEED_PATIENTS: '2' },
    });
    platform = await place.start();
    [patient = '', fromElsewhere = ''] = await somePatients();
    app = createServer((request, response) => {
      const isScript = request.url === '/fhir-client.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? library : '<title>app</title><script src="/fhir-client.js"></script>');
    });
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    origin = `http://localhost:${String((app.address() as AddressInfo).port)}`;
    ({ client_id: clientId } = await place.json<{ client_id: string }>([
      ...['client', 'create', '--name', 'Growth chart', '--public', '--grant', 'authorization_code refresh_token'],
      ...['--redirect-uri', `${origin}/app`, '--initiate-login-uri', `${origin}/launch`],
      ...['--scope', 'openid fhirUser launch launch/patient launch/encounter patient/*.rs offline_access'],
    ]));
    browser = await launchBrowser();
    page = await (await browser.newContext({ locale: 'en-US' })).newPage();
  });
  after(async () => {
    await browser.close();
    app.close();
    await place.close();
  });

  async function somePatients(): Promise<string[]> {
    const token = await getToken(platform.urls.sso, platform.demo!);
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${platform.urls.playground}/Patient?_count=2`, { headers });
    const { entry } = (await response.json()) as { entry: { resource: { id: string } }[] };
    return entry.map(({ resource }) => resource.id);
  }

  interface Launched {
    patient: string | null;
    encounter: string | null;
    read: { resourceType: string; id: string };
  }

  /** Returns the context of the launched application: it reads the Patient. */
  function launched(): Promise<Launched> {
    return page.evaluate<Launched>(`(async () => {
      const client = await FHIR.oauth2.ready();
      return {
        patient: client.patient.id,
        encounter: client.encounter.id,
        read: await client.patient.read(),
      };
    })()`);
  }

  function authorize(options: object): Promise<unknown> {
    // It leaves the page, which ends the evaluation.
    return page.evaluate(`FHIR.oauth2.authorize(${JSON.stringify(options)})`).catch(() => undefined);
  }

  test('standalone: a patient opens an application, which reads the own record', async () => {
    await makePerson(place, platform.urls.sso, person, ['--name', 'Aziza Karimova', '--patient', patient]);
    await page.goto(`${origin}/app`);
    const scope = 'openid fhirUser launch/patient patient/*.rs offline_access';
    await authorize({ iss: platform.urls.playground, clientId, scope, redirectUri: `${origin}/app` });
    await page.waitForSelector('#username');
    await page.fill('#username', person.username);
    await page.fill('#password', person.password);
    await page.keyboard.press('Enter');
    await page.waitForSelector('button[value=allow]');
    await page.click('button[value=allow]');
    await page.waitForURL(`${origin}/app**`);
    const { patient: of, read } = await launched();
    assert.equal(of, patient);
    assert.deepEqual([read.resourceType, read.id], ['Patient', patient]);
  });

  test('standalone: a doctor chooses a patient by name in another script, and the application reads an Observation', async () => {
    const doctor = { username: 'laylo', password: person.password };
    await makePerson(place, platform.urls.sso, doctor, [
      '--name',
      'Laylo Rahimova',
      '--practitioner',
      demoPractitionerId,
    ]);
    const headers = { authorization: `Bearer ${await getToken(platform.urls.sso, platform.demo!)}` };
    const fhir = async <Body>(path: string): Promise<Body> =>
      (await fetch(`${platform.urls.playground}/${path}`, { headers })).json() as Promise<Body>;
    const stored = await fhir<{ name: { family: string }[]; birthDate: string }>(`Patient/${fromElsewhere}`);
    const { entry = [] } = await fhir<{ entry?: { resource: { id: string } }[] }>(
      `Observation?patient=${fromElsewhere}&_count=1`,
    );
    const observation = entry[0]!.resource.id;
    page = await (await browser.newContext({ locale: 'ru-RU' })).newPage();
    await page.goto(`${origin}/app`);
    const scope = 'openid fhirUser launch/patient patient/*.rs';
    await authorize({ iss: platform.urls.playground, clientId, scope, redirectUri: `${origin}/app` });
    await page.fill('#username', 'laylo');
    await page.fill('#password', person.password);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#q');
    await page.fill('#q', cyrillic(stored.name[0]!.family));
    await page.fill('#birthdate', stored.birthDate);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#found');
    await page.click('.pick');
    await page.click('button[value=allow]');
    await page.waitForURL(`${origin}/app**`);
    const { patient: of, read } = await launched();
    assert.deepEqual([of, read.id], [fromElsewhere, fromElsewhere]);
    const seen = await page.evaluate<{ id: string }>(`(async () => {
      const client = await FHIR.oauth2.ready();
      return client.request('Observation/${observation}');
    })()`);
    assert.equal(seen.id, observation);
    const others = await page.evaluate<number>(`(async () => {
      const client = await FHIR.oauth2.ready();
      return client.request('Patient/${patient}').then(() => 200, (error) => error.statusCode);
    })()`);
    assert.equal(others, 404, 'one patient is in context, and no other');
  });

  test('from the software of a health worker: the application has the patient and the encounter, and reads them', async () => {
    const { client_id, client_secret } = await place.json<Credentials>([
      ...['client', 'create', '--name', 'Ward software', '--scope', 'dhp.launch'],
    ]);
    const headers = { authorization: `Bearer ${await getToken(platform.urls.sso, platform.demo!)}` };
    const found = await fetch(`${platform.urls.playground}/Encounter?patient=${patient}&_count=1`, { headers });
    const { entry = [] } = (await found.json()) as { entry?: { resource: { id: string } }[] };
    const encounter = entry[0]!.resource.id;
    const context = { application: clientId, patient, encounter, practitioner: demoPractitionerId };
    const body = new URLSearchParams({ client_id, client_secret, ...context });
    const registered = await fetch(`${platform.urls.sso}/oauth/launch`, { method: 'POST', body });
    const { launch_url: url } = (await registered.json()) as { launch_url: string };
    assert.ok(url.startsWith(`${origin}/launch?iss=`), url);

    page = await (await browser.newContext({ locale: 'en-US' })).newPage();
    await page.goto(url);
    // The library takes `iss` and `launch` from the address of the page.
    const scope = 'openid fhirUser launch launch/encounter patient/*.rs';
    await authorize({ clientId, scope, redirectUri: `${origin}/app` });
    await page.fill('#username', 'laylo');
    await page.fill('#password', person.password);
    await page.keyboard.press('Enter');
    await page.waitForSelector('button[value=allow]');
    await page.click('button[value=allow]');
    await page.waitForURL(`${origin}/app**`);
    const { patient: of, encounter: during, read } = await launched();
    assert.deepEqual([of, during], [patient, encounter]);
    assert.deepEqual([read.resourceType, read.id], ['Patient', patient]);
    const seen = await page.evaluate<{ id: string }>(`(async () => {
      const client = await FHIR.oauth2.ready();
      return client.encounter.read();
    })()`);
    assert.equal(seen.id, encounter);
  });
});
