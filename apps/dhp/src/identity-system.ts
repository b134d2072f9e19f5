/** Identity systems of others by which people sign in: OneID, or one of our own for trying out, and OpenID Connect providers. */
import { oneId, openIdConnect, type Upstream } from '@dhp/accounts/identity-systems';
import { testOneIdPath, type TestCitizen } from '@dhp/sign-in';
import type { SsoOptions } from '@dhp/sso';
import { demoPractitionerId, population } from '@dhp/synthetic-population';
import { defaultSeed, defaultToday } from './synthetic-defaults.ts';
import { spokenLanguage } from './locale.ts';
import { settingMessages } from './texts/setting.ts';
import { ConfigurationError } from './settings/setting.ts';
import type { SettingValues } from './settings.ts';

/** How many of the playground's patients and health workers can be chosen as test people. */
const testPeople = { patients: 4, healthWorkers: 3 };

/**
 * @param issuer the public URL of the SSO
 * @param internal URL at which this process reaches it
 * @param testSecret with which the test system authenticates its client; the same in all processes of the SSO
 * @throws ConfigurationError for a test system, or trust in the records of the playground, beside production: its users may be anybody
 */
export function identitySystem(
  settings: SettingValues,
  addresses: { issuer: string; internal: string; testSecret: Buffer },
): Pick<SsoOptions, 'upstreams' | 'testOneId' | 'testPeople' | 'identityEnvironments'> {
  const citizens = testCitizens();
  const { upstreams = [], ...test } = oneIdOf(settings, { ...addresses, citizens });
  const others = (settings.DHP_OPENID_PROVIDERS ?? []).map((provider) => openIdConnect(provider));
  // Their accounts are recognised even if the installation now serves production.
  const known = {
    testPeople: citizens.map(({ pinfl }) => pinfl),
    identityEnvironments: identityEnvironments(settings),
  };
  return { ...test, ...known, upstreams: [...upstreams, ...others] };
}

function identityEnvironments(settings: SettingValues): NonNullable<SsoOptions['identityEnvironments']> {
  const isProduction = settings.DHP_PRODUCTION === true;
  const trusted = settings.DHP_IDENTITY_ENVIRONMENTS ?? [isProduction ? 'production' : 'playground'];
  const said = settingMessages[spokenLanguage()].identity;
  if (isProduction && trusted.includes('playground')) throw new ConfigurationError(said.playground);
  if (!isProduction && trusted.includes('production')) throw new ConfigurationError(said.production);
  return trusted;
}

function oneIdOf(
  settings: SettingValues,
  {
    issuer,
    internal,
    testSecret,
    citizens,
  }: { issuer: string; internal: string; testSecret: Buffer; citizens: readonly TestCitizen[] },
): { upstreams?: Upstream[]; testOneId?: NonNullable<SsoOptions['testOneId']> } {
  const setting = settings.DHP_ONEID ?? (settings.DHP_PRODUCTION === true ? 'off' : 'test');
  if (setting === 'off') return {};
  if (setting !== 'test') return { upstreams: [oneId({ ...setting, scope: setting.clientId })] };
  if (settings.DHP_PRODUCTION === true) {
    throw new ConfigurationError(settingMessages[spokenLanguage()].identity.testOneId);
  }
  const client = { clientId: 'dhp', clientSecret: testSecret.toString('base64url') };
  const address = `${issuer}${testOneIdPath}`;
  const upstream = oneId({
    ...client,
    url: address,
    internalUrl: `${internal}${testOneIdPath}`,
    scope: 'dhp',
    name: 'OneID (test)',
    isTest: true,
  });
  return { upstreams: [upstream], testOneId: { ...client, citizens } };
}

interface Person {
  id?: string;
  resourceType: string;
  subject?: { reference?: string };
  identifier?: { system?: string; value?: string }[];
  name?: { family?: string; given?: string[] }[];
}

/** The first patients of the population with which an empty playground is filled, and some of their health workers. */
function testCitizens(): TestCitizen[] {
  const patients: TestCitizen[] = [];
  const healthWorkers: TestCitizen[] = [];
  const encounters = new Map<string, string>();
  for (const resource of population({ patients: testPeople.patients, seed: defaultSeed, today: defaultToday })) {
    if (resource.resourceType === 'Patient') patients.push(...citizenOf(resource, 'patient'));
    if (resource.resourceType === 'Encounter') noteEncounter(encounters, resource);
    if (resource.resourceType !== 'Practitioner') continue;
    const found = citizenOf(resource, 'health-worker');
    // The one in the documents and the demonstration comes first.
    if (resource.id === demoPractitionerId) healthWorkers.unshift(...found);
    else healthWorkers.push(...found);
  }
  const withEncounters = patients.map((one) => ({ ...one, encounter: encounters.get(one.id) }));
  return [...withEncounters, ...healthWorkers.slice(0, testPeople.healthWorkers)];
}

/** The last one of a patient is kept. */
function noteEncounter(encounters: Map<string, string>, { id, subject }: Person): void {
  const patient = subject?.reference?.split('/')[1];
  if (patient !== undefined && id !== undefined) encounters.set(patient, id);
}

function citizenOf({ id = '', identifier, name }: Person, is: TestCitizen['is']): TestCitizen[] {
  const pinfl = identifier?.find(({ system }) => system?.endsWith('/pid/uz/ni'))?.value;
  const [{ family = '', given = [] } = {}] = name ?? [];
  return pinfl === undefined ? [] : [{ pinfl, firstName: given[0] ?? '', surname: family, is, id }];
}
