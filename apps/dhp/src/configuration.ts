/**
 * The only place that reads the environment. A file of the same names (`NAME=value` lines) may contain settings too: the one that
 * DHP_CONFIG names, otherwise ./dhp.env if it exists; the environment takes precedence over the file.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { distance as levenshtein } from 'fastest-levenshtein';
import { spokenLanguage } from './locale.ts';
import { settingMessages } from './texts/setting.ts';
import { ConfigurationError } from './settings/setting.ts';
import { settings, type SettingName, type SettingValues } from './settings.ts';

type ProcessEnvironment = Readonly<Record<string, string | undefined>>;

/** Names that begin with DHP_ but are not settings of the server: the path of the file, and variables of the test suites. */
const notSettings = /^DHP_(CONFIG$|TEST_)/;

/**
 * The variables that Kubernetes puts into the environment of every Pod for a Service whose name begins with `dhp`.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const serviceLink =
  /^DHP_(?:[A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
const serviceAddress = /^(tcp|udp|sctp):\/\//;

/**
 * Reads and checks the settings; nothing is opened yet.
 *
 * @param environment usually process.env
 * @param directory the folder to which relative paths refer
 * @param warn is called for unknown names that are clearly not typing errors of a setting
 * @throws ConfigurationError with one sentence for each wrong setting: its name, its value and the reason
 */
export function readSettings(
  environment: ProcessEnvironment,
  directory: string,
  warn: (sentence: string) => void = () => undefined,
): SettingValues {
  return parseSettings(givenSettings(environment, directory), warn);
}

/**
 * The environment together with the file, as text, for the other processes of this installation, so that none of them reads the file at
 * another time.
 * @throws ConfigurationError for a file that cannot be read, or that contains other names
 */
export function givenSettings(environment: ProcessEnvironment, directory: string): ProcessEnvironment {
  return { ...readFile(environment, directory), ...withoutEmpty(environment) };
}

/** @throws ConfigurationError as `readSettings` */
export function parseSettings(
  given: ProcessEnvironment,
  warn: (sentence: string) => void = () => undefined,
): SettingValues {
  const said = settingMessages[spokenLanguage()];
  const problems: string[] = [];
  const values: Record<string, unknown> = {};

  for (const name of Object.keys(given).filter((key) => key.startsWith('DHP_') && !notSettings.test(key))) {
    if (Object.hasOwn(settings, name)) continue;
    const advice = isServiceLink(name, given[name]) ? linkAdvice(name) : suggestion(name);
    if (isMistyped(name)) problems.push(said.unknown({ name, advice: suggestion(name) }));
    else warn(said.ignored({ name, advice }));
  }
  for (const name of Object.keys(settings) as SettingName[]) {
    const text = given[name];
    if (text === undefined) continue;
    if (isServiceLink(name, text)) {
      problems.push(said.serviceLink({ name, value: text, advice: linkAdvice(name) }));
      continue;
    }
    try {
      values[name] = settings[name].parse(text);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(said.wrong({ name, value: shown(name, text), problem: error.message }));
    }
  }
  for (const [one, other] of pairs)
    if ((given[one] === undefined) !== (given[other] === undefined))
      problems.push(
        given[one] === undefined ? said.pair({ name: other, other: one }) : said.pair({ name: one, other }),
      );
  if (problems.length > 0) throw new ConfigurationError(problems.join('\n'));
  return values;
}

function readFile(environment: ProcessEnvironment, directory: string): ProcessEnvironment {
  const named = environment['DHP_CONFIG'] === '' ? undefined : environment['DHP_CONFIG'];
  const file = resolve(directory, named ?? 'dhp.env');
  const said = settingMessages[spokenLanguage()];
  if (!existsSync(file)) {
    if (named === undefined) return {};
    throw new ConfigurationError(said.noFile({ path: named }));
  }
  const values = parseEnv(readText(file));
  const strange = Object.keys(values).find((name) => !Object.hasOwn(settings, name));
  if (strange !== undefined)
    throw new ConfigurationError(said.inFile({ file, name: strange, advice: suggestion(strange) }));
  return withoutEmpty(values);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { unreadable } = settingMessages[spokenLanguage()];
    throw new ConfigurationError(unreadable({ file, reason: (error as Error).message }));
  }
}

/** An empty variable counts as not set, since Compose files and unit files often contain such. */
function withoutEmpty(values: ProcessEnvironment): ProcessEnvironment {
  return Object.fromEntries(Object.entries(values).filter(([, text]) => text !== undefined && text !== ''));
}

/** A certificate without its key cannot be used, and that would only be noticed when a receiver asks for it. */
const pairs = (['DHP_SUBSCRIPTION', 'DHP_NATS', 'DHP_KAFKA'] as const).map(
  (name) => [`${name}_CERTIFICATE`, `${name}_KEY`] as const satisfies readonly SettingName[],
);

const secrets: ReadonlySet<string> = new Set([
  'DHP_SECRET_KEY',
  'DATABASE_URL',
  'DHP_NATS_URL',
  'DHP_KAFKA_URL',
  'DHP_EXPORT_BUCKET',
]);

/** Values that may hold a secret are not repeated on the terminal. */
function shown(name: string, text: string): string {
  return secrets.has(name) || name.endsWith('_PASSWORD') ? '…' : text;
}

/** A name within two edits of a setting is taken for a typing error. */
function isMistyped(name: string): boolean {
  return nearest(name).distance <= 2;
}

function nearest(name: string): { known: string; distance: number } {
  return Object.keys(settings)
    .map((known) => ({ known, distance: levenshtein(name, known) }))
    .reduce((best, one) => (one.distance < best.distance ? one : best));
}

/** The end of a sentence. */
function suggestion(name: string): string {
  const { known, distance } = nearest(name);
  const { didYouMean, listed } = settingMessages[spokenLanguage()];
  return distance <= 4 ? didYouMean({ name: known }) : listed;
}

function isServiceLink(name: string, text: string | undefined): boolean {
  return serviceLink.test(name) || (name.endsWith('_PORT') && serviceAddress.test(text ?? ''));
}

/** The end of a sentence. */
function linkAdvice(name: string): string {
  const service = name
    .replace(/_(SERVICE_HOST|SERVICE_PORT.*|PORT(_\d+_.*)?)$/, '')
    .toLowerCase()
    .replaceAll('_', '-');
  return settingMessages[spokenLanguage()].kubernetes({ service });
}
