/**
 * The one place that reads the environment. A file of the same names (`NAME=value` lines) may hold settings too: the one
 * that DHP_CONFIG names, else ./dhp.env where it exists; the environment wins over the file.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigurationError } from './settings/setting.ts';
import { settings, type SettingName, type SettingValues } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Names that begin with DHP_ and are no settings of the server: the file itself, and what the test suites read. */
const notSettings = /^DHP_(CONFIG$|TEST_)/;

/**
 * Reads and checks the settings; nothing is opened yet.
 *
 * @param environment usually process.env
 * @param directory the folder that relative paths start from
 * @throws ConfigurationError one sentence a wrong setting, saying which, what it was and why
 */
export function readSettings(environment: Environment, directory: string): SettingValues {
  const given: Environment = { ...readFile(environment, directory), ...withoutEmpty(environment) };
  const problems: string[] = [];
  const values: Record<string, unknown> = {};

  for (const name of Object.keys(given).filter((key) => key.startsWith('DHP_') && !notSettings.test(key))) {
    if (!(name in settings)) problems.push(`${name} is not a setting${suggestion(name)}.`);
  }
  for (const name of Object.keys(settings) as SettingName[]) {
    const text = given[name];
    if (text === undefined) continue;
    try {
      values[name] = settings[name].parse(text);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(`${name}=${shown(name, text)} ${error.message}.`);
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems.join('\n'));
  return values;
}

function readFile(environment: Environment, directory: string): Environment {
  const named = environment['DHP_CONFIG'];
  const file = resolve(directory, named ?? 'dhp.env');
  if (!existsSync(file)) {
    if (named === undefined) return {};
    throw new ConfigurationError(`DHP_CONFIG=${named} names a file that is not there.`);
  }
  const values = parseEnv(readFileSync(file, 'utf8'));
  const strange = Object.keys(values).find((name) => !(name in settings));
  if (strange !== undefined)
    throw new ConfigurationError(`${file}: ${strange} is not a setting${suggestion(strange)}.`);
  return withoutEmpty(values);
}

/** A variable that is set to nothing counts as not set, as Compose files and unit files like to write it. */
function withoutEmpty(values: Environment): Environment {
  return Object.fromEntries(Object.entries(values).filter(([, text]) => text !== undefined && text !== ''));
}

/** Values that may hold a secret are not repeated on the terminal. */
function shown(name: string, text: string): string {
  return name === 'DHP_SECRET_KEY' || name === 'DATABASE_URL' ? '…' : text;
}

function suggestion(name: string): string {
  const near = Object.keys(settings)
    .map((known) => ({ known, distance: editDistance(name, known) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= 4 ? `; did you mean ${near.known}?` : '; docs/configuration.md lists them all';
}

/** Levenshtein distance of two short names. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
