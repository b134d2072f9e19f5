/** A real browser for tests and pictures: found once, launched the same way everywhere. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type LaunchOptions } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Reproducible, offline, and possible for root in a container, where Chromium's own sandbox is not. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium to use: the one that CHROMIUM_PATH names, else the system's, else undefined. */
export function findBrowser(): string | undefined {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') return named;
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** For `{ skip: withoutBrowser }` of a test: why it cannot run here, or false when it can. */
export const withoutBrowser: string | false =
  findBrowser() === undefined && 'no Chromium on this machine: install it, or name one with CHROMIUM_PATH';

/** @throws Error when there is no browser, or the one that CHROMIUM_PATH names does not start */
export function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error(String(withoutBrowser));
  return chromium.launch({ ...options, executablePath, args: [...flags, ...(options.args ?? [])] });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
