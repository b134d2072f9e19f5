/**
 * A new patient and a new doctor, from no account to data in a SMART application: OneID (test) of the playground, and an application built
 * with fhirclient. Clicks and waits are counted; docs/sign-in.md states the numbers, and DHP_SCREENSHOTS draws each step.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { phone } from '../apps/sso/test/chromium.ts';
import { draw, launchBrowser, withoutBrowser } from './browser.ts';
import { openHome, type Home, type Platform } from './platform.ts';

const library = readFileSync(createRequire(import.meta.url).resolve('fhirclient/build/fhir-client.js'));

/** An application like that in the library's tutorial: one page starts the launch, and reads data when it is opened again. */
const application = (iss: string, clientId: string): string => `<!doctype html>
<html lang="en"><meta name="viewport" content="width=device-width"><title>Growth chart</title>
<script src="/fhir-client.js"></script>
<button id="begin">Connect my record</button><p id="found"></p>
<script>
const scope = 'openid fhirUser launch/patient patient/*.rs';
document.getElementById('begin').onclick = () =>
  FHIR.oauth2.authorize({ iss: '${iss}', clientId: '${clientId}', scope, redirectUri: location.origin + '/app' });
if (location.search.includes('code=')) FHIR.oauth2.ready().then(async (client) => {
  const [patient, observations] = await Promise.all([
    client.patient.read(), client.request('Observation?patient=' + client.patient.id + '&_count=5')]);
  const name = patient.name[0];
  document.getElementById('found').textContent =
    name.family + ' ' + name.given[0] + ': ' + (observations.entry || []).length + ' observations';
}).catch((error) => { document.getElementById('found').textContent = 'failed: ' + error.message; });
</script></html>`;

interface Walk {
  readonly clicks: number;
  readonly typed: number;
  readonly seconds: number;
}

describe('somebody new', { skip: withoutBrowser }, () => {
  let place: Home;
  let platform: Platform;
  let app: Server;
  let origin: string;
  let browser: Browser;
  const walks: Record<string, Walk> = {};

  before(async () => {
    place = await openHome({
      begins: 'migrated',
      programs: 'kept',
      serves: 'sso,fhir',
      environment: { DHP_SEED_PATIENTS: '10' },
    });
    platform = await place.start();
    let page = '';
    app = createServer((request, response) => {
      const isScript = request.url === '/fhir-client.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
      response.end(isScript ? library : page);
    });
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    origin = `http://localhost:${String((app.address() as AddressInfo).port)}`;
    const { client_id: clientId } = await place.json<{ client_id: string }>([
      ...['client', 'create', '--name', 'Growth chart', '--public', '--grant', 'authorization_code'],
      ...['--redirect-uri', `${origin}/app`, '--scope', 'openid fhirUser launch/patient patient/*.rs'],
    ]);
    page = application(platform.urls.playground, clientId);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    app.close();
    await place.close();
    for (const [who, { clicks, typed, seconds }] of Object.entries(walks)) {
      console.log(`${who}: ${clicks} clicks, ${typed} fields typed, ${seconds.toFixed(1)} s`);
    }
  });

  /** Counts the person's actions, and draws each step before it is done. */
  class Walker {
    clicks = 0;
    typed = 0;
    #steps = 0;
    readonly #begun = performance.now();
    #drawing = 0;
    readonly page: Page;
    readonly name: string;
    constructor(page: Page, name: string) {
      this.page = page;
      this.name = name;
    }
    async click(selector: string): Promise<void> {
      await this.page.waitForSelector(selector);
      await this.look();
      this.clicks += 1;
      await this.page.click(selector);
    }
    async type(selector: string, text: string): Promise<void> {
      await this.page.waitForSelector(selector);
      this.typed += 1;
      await this.page.fill(selector, text);
    }
    /** Drawing is not part of the walk. */
    async look(): Promise<void> {
      const folder = process.env['DHP_SCREENSHOTS'];
      if (folder === undefined) return;
      const begun = performance.now();
      this.#steps += 1;
      await writeFile(join(folder, `walk-${this.name}-${String(this.#steps)}.webp`), await draw(this.page));
      this.#drawing += performance.now() - begun;
    }
    done(): Walk {
      const seconds = (performance.now() - this.#begun - this.#drawing) / 1000;
      return { clicks: this.clicks, typed: this.typed, seconds };
    }
  }

  async function walk(name: string, steps: (walker: Walker) => Promise<void>): Promise<string> {
    const context = await browser.newContext({ locale: 'en-US', viewport: { width: phone[0], height: phone[1] } });
    const page = await context.newPage();
    await page.goto(`${origin}/app`);
    const walker = new Walker(page, name);
    await walker.click('#begin');
    await steps(walker);
    await page.locator('#found:not(:empty)').waitFor();
    walks[name] = walker.done();
    await walker.look();
    const found = await page.innerText('#found');
    await context.close();
    return found;
  }

  test('a patient reads the own record: OneID, who one is, yes', async () => {
    let who = '';
    const found = await walk('patient', async (walker) => {
      await walker.click('a[href*="upstream=oneid"]');
      await walker.page.waitForSelector('.pick');
      who = await walker.page.innerText('h2:has-text("Patients") + ul .pick strong >> nth=0');
      await walker.click('h2:has-text("Patients") + ul .pick >> nth=0');
      await walker.click('button[value=allow]');
    });
    const [, family = ''] = who.split(' ');
    assert.match(found, new RegExp(`^${family} .*: [1-9]`), found);
    assert.deepEqual([walks['patient']!.clicks, walks['patient']!.typed], [4, 0]);
  });

  test('a doctor reads the record of a patient: OneID, who one is, whom one looks for, yes', async () => {
    let family = '';
    const found = await walk('doctor', async (walker) => {
      await walker.click('a[href*="upstream=oneid"]');
      await walker.page.waitForSelector('.pick');
      const patient = await walker.page.innerText('h2:has-text("Patients") + ul .pick strong >> nth=0');
      family = patient.split(' ')[1]!;
      await walker.click('h2:has-text("Health workers") + ul .pick >> nth=0');
      await walker.type('#q', patient);
      await walker.click('form:has(#q) button');
      await walker.click('.pick');
      await walker.click('button[value=allow]');
    });
    assert.match(found, new RegExp(`^${family} .*: [0-9]`), found);
    assert.deepEqual([walks['doctor']!.clicks, walks['doctor']!.typed], [6, 1]);
  });
});
