/** Takes the pictures of the portal for the documentation: `node apps/portal/test/screenshots.ts`. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../../../tests/browser.ts';
import { install } from './installation.ts';

const folder = new URL('../../../docs/screenshots/', import.meta.url);

const pictures = [
  { name: 'uz-light-1280', language: 'uz', colorScheme: 'light', width: 1280, fullPage: true },
  { name: 'ru-dark-1280', language: 'ru', colorScheme: 'dark', width: 1280, fullPage: false },
  { name: 'en-light-320', language: 'en', colorScheme: 'light', width: 320, fullPage: true },
  { name: 'uz-dark-320', language: 'uz', colorScheme: 'dark', width: 320, fullPage: false },
  { name: 'en-light-3840', language: 'en', colorScheme: 'light', width: 3840, fullPage: false },
  { name: 'ru-trouble-1280', language: 'ru', colorScheme: 'light', width: 1280, fullPage: false },
] as const;

// The addresses are those of a public installation; what is asked are the fakes behind it.
const installation = await install((usual) => ({
  ...usual,
  urls: {
    sso: 'https://sso.example.uz',
    playground: 'https://playground.example.uz/fhir',
    production: 'https://fhir.example.uz',
    portal: 'https://portal.example.uz',
  },
  probe: [...usual.probe, { name: 'production', url: usual.probe[1]!.url }],
}));
const browser = await launchBrowser();
try {
  await mkdir(folder, { recursive: true });
  for (const { name, language, colorScheme, width, fullPage } of pictures) {
    installation.sso.mood = name.includes('trouble') ? 'silent' : 'ready';
    const height = width === 320 ? 640 : width === 3840 ? 2160 : 800;
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(`${installation.url}/?lang=${language}`);
    const settled = name.includes('trouble') ? '#cards [data-state=unreachable]' : '#summary[data-state=ready]';
    await page.locator(settled).first().waitFor();
    await page.screenshot({ path: fileURLToPath(new URL(`portal-${name}.png`, folder)), fullPage });
    await page.close();
  }
} finally {
  await browser.close();
  await installation.close();
}
