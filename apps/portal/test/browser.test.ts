import { deepEqual, equal, match, notEqual, rejects } from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { askPage, launchBrowser, valuesWithoutText, withoutBrowser } from '../../../tests/browser.ts';
import { lookOf } from '../../../tests/look.ts';
import { isFull, pageLanguages } from '../../../tests/sample.ts';
import { inPage, violations } from './in-page.ts';
import { install, type Installation } from './installation.ts';

describe('the portal in a browser', { skip: withoutBrowser }, () => {
  let installation: Installation;
  let browser: Browser;
  const at = (path: string): { browser: Browser; url: string } => ({ browser, url: installation.url + path });
  before(async () => {
    // With production, so that the page has all its parts.
    installation = await install((usual) => ({
      ...usual,
      urls: { ...usual.urls, production: 'https://fhir.example.uz' },
      probe: [...usual.probe, { name: 'production', url: usual.probe[1]!.url }],
    }));
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await installation.close();
  });

  for (const language of pageLanguages) {
    // In the dark it is the colours that differ, and they are the same in every language.
    for (const colorScheme of language === 'uz' || isFull ? (['light', 'dark'] as const) : (['light'] as const)) {
      for (const path of ['/', '/nowhere']) {
        it(`has no accessibility violation: ${path} ${language} ${colorScheme}`, async () => {
          const where = { ...at(`${path}?lang=${language}`), keeps: true };
          await inPage(where, { colorScheme }, async (page, complaints) => {
            equal(await page.locator('html').getAttribute('lang'), language);
            if (path === '/') await page.locator('#summary[data-state=ready]').waitFor();
            deepEqual(await violations(page), []);
            // The browser reports the status 404 of the page itself, which is expected.
            if (path !== '/')
              complaints.splice(0, complaints.length, ...complaints.filter((text) => !/404/.test(text)));
          });
        });
      }
    }

    it(`fits 320 pixels without scrolling sideways, and a phone's finger: ${language}`, async () => {
      const viewport = { width: 320, height: 568 };
      await inPage(at(`/?lang=${language}`), { viewport, isMobile: true, hasTouch: true }, async (page) => {
        for (const name of ['curl', 'JavaScript', 'Python']) {
          await page.getByRole('tab', { name }).tap();
          equal(await page.evaluate('document.documentElement.scrollWidth'), 320, name);
        }
        for (const control of await page.locator('button:visible, .languages a').all()) {
          const box = await control.boundingBox();
          // WCAG 2.2 criterion 2.5.8 asks for 24 pixels.
          equal(box !== null && box.width >= 24 && box.height >= 24, true, await control.innerText());
        }
      });
    });
  }

  it('is asked at other widths, and is as wide as before', async () => {
    const { url } = installation;
    const viewport = { width: 390, height: 844 };
    await inPage({ browser, url }, { viewport }, async (page) => {
      const expression = `[innerWidth, document.documentElement.scrollWidth, matchMedia('(min-width: 700px)').matches]`;
      for (let n = 0; n < 10; n += 1) {
        const asked = [{ expression }, { expression, width: 320 }, { expression, width: 1024 }];
        deepEqual(await askPage(page, asked), [
          [390, 390, false],
          [320, 320, false],
          [1024, 1024, true],
        ]);
      }
      await page.evaluate(
        `one = document.createElement('p'); one.textContent = one.style.minWidth = '600px'; document.body.append(one)`,
      );
      const across = 'document.documentElement.scrollWidth > innerWidth';
      const widths = [320, 1024].map((width) => ({ width, expression: across }));
      deepEqual(await askPage(page, widths), [true, false]);
      await rejects(askPage(page, [{ expression: 'nothing.there' }]), /nothing is not defined/);
    });
  });

  it('is kept for the next check without what the last one left', async () => {
    const { url } = installation;
    const expression = `[document.cookie, localStorage.length, sessionStorage.length, typeof left]`;
    const where = { browser, url, keeps: true };
    const pages: Page[] = [];
    for (const mark of ['first', 'second'])
      await inPage(where, { locale: 'ru' }, async (page) => {
        pages.push(page);
        deepEqual(await askPage(page, [{ expression }]), [['', 0, 0, 'undefined']]);
        await page.evaluate(
          `document.cookie = localStorage.${mark} = sessionStorage.${mark} = globalThis.left = '${mark}'`,
        );
      });
    equal(pages[0], pages[1]);
  });

  it('is searched for values that are no text, wherever they stand', async () => {
    const { url } = installation;
    await inPage({ browser, url }, {}, async (page) => {
      for (const [place, value] of [
        ['textContent', '({ names }) => names'],
        ['ariaLabel', '[object Object]'],
        ['title', 'undefined: 1'],
      ]) {
        await page.evaluate(`document.querySelector('.lead').${place} = ${JSON.stringify(value)}`);
        deepEqual(await valuesWithoutText(page), [value]);
        await page.evaluate(`document.querySelector('.lead').${place} = 'text'`);
        await page.evaluate(`document.querySelector('.lead').${place} = '${'x'.repeat(19)}-NaN-${'x'.repeat(19)}'`);
        deepEqual(await valuesWithoutText(page), [], 'a key of 43 random characters');
      }
    });
  });

  it('looks otherwise to rules of accessibility where one could be broken, and alike in other words', async () => {
    const { url } = installation;
    await inPage({ browser, url: `${url}/?lang=en` }, {}, async (page) => {
      await page.locator('#summary[data-state=ready]').waitFor();
      deepEqual(await violations(page), []);
      const usual = await lookOf(page);
      const looksAfter = async (change: string, back: string): Promise<string> => {
        await page.evaluate(change);
        const look = await lookOf(page);
        await page.evaluate(back);
        return look;
      };
      equal(
        await looksAfter(
          `one = document.querySelector('.lead'); was = one.innerHTML; one.textContent = 'Sinov'`,
          'one.innerHTML = was',
        ),
        usual,
      );
      for (const [change, back] of [
        [`document.title = ''`, `document.title = 'x'`],
        [`document.documentElement.removeAttribute('lang')`, `document.documentElement.lang = 'en'`],
        [`document.documentElement.lang = 'xx'`, `document.documentElement.lang = 'en'`],
        [`one = document.querySelector('button'); was = one.innerHTML; one.textContent = ''`, 'one.innerHTML = was'],
        [`one = document.querySelector('.lead'); one.style.color = '#eee'`, `one.removeAttribute('style')`],
        [`one = document.querySelector('.lead'); one.setAttribute('role', 'nothing')`, `one.removeAttribute('role')`],
        [`one = document.querySelector('.lead'); one.id = 'main'`, `one.removeAttribute('id')`],
        [
          `one = document.querySelector('.lead'); one.setAttribute('aria-labelledby', 'nowhere')`,
          `one.removeAttribute('aria-labelledby')`,
        ],
        [
          `one = document.createElement('h5'); one.textContent = 'x'; document.querySelector('main').append(one)`,
          'one.remove()',
        ],
        [`one = document.createElement('input'); document.querySelector('main').append(one)`, 'one.remove()'],
        [`one = document.createElement('img'); document.querySelector('main').append(one)`, 'one.remove()'],
        [`one = document.createElement('p'); one.textContent = 'x'; document.body.append(one)`, 'one.remove()'],
      ]) {
        notEqual(await looksAfter(change!, back!), usual, change);
        equal(await lookOf(page), usual, back);
      }
      await page.evaluate(`document.querySelector('.lead').setAttribute('role', 'nothing')`);
      match((await violations(page)).join(), /^aria-roles/);
      await page.evaluate(`document.querySelector('.lead').removeAttribute('role')`);
    });
  });

  it('copies what stands beside the button, and says so', async () => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    await inPage(at('/?lang=uz'), { permissions }, async (page) => {
      const button = page.getByRole('button', { name: 'Nusxa olish: Token soʻrash manzili' });
      await button.click();
      equal(await page.evaluate('navigator.clipboard.readText()'), `${installation.sso.url}/oauth/token`);
      await page.getByRole('status').filter({ hasText: 'Nusxa olindi' }).waitFor();
      equal(await button.locator('span').textContent(), 'Nusxa olindi');

      await page.locator('[data-copy=curl-create]').click();
      const command = await page.evaluate<string>('navigator.clipboard.readText()');
      match(command, /^curl -s -i \S+\/fhir\/Patient \\\n {2}-H "Authorization: Bearer \$TOKEN" \\\n/);
      equal(command, await page.locator('#curl-create').textContent());
    });
  });

  it('copies where the page has no clipboard interface, as over plain HTTP', async () => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    await inPage(at('/?lang=en'), { permissions }, async (page) => {
      await page.evaluate('delete Navigator.prototype.clipboard');
      await page.locator('[data-copy=sso-base][data-copy]').click();
      await page.locator('[data-copy=sso-base][data-result=done]').waitFor();
      await page.reload();
      equal(await page.evaluate('navigator.clipboard.readText()'), installation.sso.url);
    });
  });

  it('is led by the keyboard from tab to tab', async () => {
    await inPage(at('/?lang=ru'), {}, async (page) => {
      const chosen = async (): Promise<unknown[]> => [
        await page.locator('[role=tab][aria-selected=true]').allInnerTexts(),
        await page.locator('[role=tabpanel]:visible').getAttribute('id'),
        await page.evaluate('document.activeElement.textContent.trim()'),
      ];
      await page.getByRole('tab', { name: 'curl' }).focus();
      deepEqual(await chosen(), [['curl'], 'panel-curl', 'curl']);
      for (const [key, name] of [
        ['ArrowRight', 'JavaScript'],
        ['End', 'Python'],
        ['ArrowRight', 'curl'],
        ['ArrowLeft', 'Python'],
        ['Home', 'curl'],
      ]) {
        await page.keyboard.press(key!);
        deepEqual(await chosen(), [[name], `panel-${name!.toLowerCase()}`, name]);
      }
      await page.keyboard.press('Tab');
      equal(await page.evaluate('document.activeElement.id'), 'panel-curl');
    });
  });

  it('begins with a way past the masthead', async () => {
    await inPage(at('/?lang=en'), {}, async (page) => {
      await page.keyboard.press('Tab');
      equal(await page.evaluate('document.activeElement.textContent'), 'Skip to content');
      await page.keyboard.press('Enter');
      equal(await page.evaluate('document.activeElement.id'), 'main');
    });
  });

  it('shows the state of the services as it changes, without a reload', async () => {
    await inPage(at('/?lang=uz'), {}, async (page) => {
      const summary = page.locator('#summary');
      await summary.filter({ hasText: 'Barcha xizmatlar ishlayapti' }).waitFor();
      await page.evaluate('window.sameDocument = true');
      installation.sso.mood = 'starting';
      await summary.filter({ hasText: 'Ishlamayotgan xizmatlar bor: Yagona kirish tizimi (SSO)' }).waitFor();
      equal(await page.locator('[data-service=sso] .state').innerText(), 'Hali tayyor emas');
      equal(await page.locator('[data-service=sso] .state use').getAttribute('href'), '#state-not-ready');
      installation.sso.mood = 'ready';
      await summary.filter({ hasText: 'Barcha xizmatlar ishlayapti' }).waitFor();
      equal(await page.evaluate('window.sameDocument'), true);
    });
  });

  it('does not alarm anybody when one answer is lost', async () => {
    await inPage(at('/?lang=en'), {}, async (page, complaints) => {
      await page.locator('#summary[data-state=ready]').waitFor();
      await page.evaluate(`window.seen = []; new MutationObserver(() => window.seen.push(document.querySelector('#summary').dataset.state))
        .observe(document.querySelector('#summary'), { attributes: true });`);
      let asked = 0;
      const answered = Promise.withResolvers<undefined>();
      await page.route('**/status.json', async (route) => {
        asked += 1;
        await (asked === 1 ? route.abort() : route.continue());
        if (asked === 2) answered.resolve(undefined);
      });
      await answered.promise;
      await page.locator('#summary[data-state=ready]').waitFor();
      deepEqual(
        (await page.evaluate<string[]>('window.seen')).filter((state) => state !== 'ready'),
        [],
      );
      complaints.splice(0, complaints.length, ...complaints.filter((text) => !/net::ERR_FAILED/.test(text)));
    });
  });

  it('says that nothing is known when the portal itself falls silent', async () => {
    await inPage(at('/?lang=en'), {}, async (page, complaints) => {
      await page.locator('#summary[data-state=ready]').waitFor();
      await page.route('**/status.json', (route) => route.abort());
      await page.locator('#summary').filter({ hasText: 'The portal is not answering' }).waitFor();
      deepEqual(await page.locator('.card .state').allInnerTexts(), [
        ...Array.from({ length: 3 }, () => 'State unknown'),
        'Not answering',
      ]);
      // The browser notes the requests that this test cut.
      complaints.splice(0, complaints.length, ...complaints.filter((text) => !/net::ERR_FAILED/.test(text)));
    });
  });

  it('keeps the language that was chosen', async () => {
    await inPage(at('/'), { locale: 'en-GB' }, async (page) => {
      equal(await page.locator('html').getAttribute('lang'), 'en');
      await page.getByRole('link', { name: 'Русский' }).click();
      await page.goto(installation.url);
      equal(await page.locator('html').getAttribute('lang'), 'ru');
    });
  });

  it('shows all examples and no dead button without its script', async () => {
    await inPage(at('/?lang=en'), { javaScriptEnabled: false }, async (page) => {
      for (const name of ['curl', 'JavaScript', 'Python'])
        equal(await page.getByRole('heading', { name, exact: true }).isVisible(), true);
      equal(await page.locator('.code:visible').count(), 10);
      equal(await page.locator('button:visible').count(), 0);
    });
  });
});
