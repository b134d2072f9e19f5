/** OneID, or one of our own for trying out: which the settings say, and who may be chosen there. */
import { randomBytes } from 'node:crypto';
import { oneId, testOneIdPath, type SsoOptions, type TestCitizen } from '@dhp/sso';
import { population } from '@dhp/synthetic-population';
import { defaultSeed, defaultToday } from './seeding.ts';
import { ConfigurationError, type SettingValues } from './settings.ts';

/** How many of the playground's patients one may choose to be. */
const citizens = 5;

/**
 * @param issuer the public URL of the SSO
 * @param internal where this process reaches it
 * @throws ConfigurationError for a test system beside production: whoever reaches it may be anybody
 */
export function identitySystem(
  settings: SettingValues,
  { issuer, internal }: { issuer: string; internal: string },
): Pick<SsoOptions, 'upstreams' | 'testOneId'> {
  const setting = settings.DHP_ONEID ?? (settings.DHP_PRODUCTION === true ? 'off' : 'test');
  if (setting === 'off') return {};
  if (setting !== 'test') return { upstreams: [oneId({ ...setting, scope: setting.clientId })] };
  if (settings.DHP_PRODUCTION === true) {
    throw new ConfigurationError(
      'DHP_ONEID=test cannot be used where production is served: anybody could be anybody there.',
    );
  }
  const client = { clientId: 'dhp', clientSecret: randomBytes(24).toString('base64url') };
  const address = `${issuer}${testOneIdPath}`;
  const upstream = oneId({
    ...client,
    url: address,
    internalUrl: `${internal}${testOneIdPath}`,
    scope: 'dhp',
    name: 'OneID (test)',
  });
  return { upstreams: [upstream], testOneId: { ...client, citizens: testCitizens() } };
}

interface Person {
  resourceType: string;
  identifier?: { system?: string; value?: string }[];
  name?: { family?: string; given?: string[] }[];
}

/** The first patients of the population that an empty playground is filled with. */
function testCitizens(): TestCitizen[] {
  const found: TestCitizen[] = [];
  for (const resource of population({ patients: citizens, seed: defaultSeed, today: defaultToday })) {
    if (resource.resourceType !== 'Patient') continue;
    const { identifier, name } = resource as Person;
    const pinfl = identifier?.find(({ system }) => system?.endsWith('/pid/uz/ni'))?.value;
    const [{ family = '', given = [] } = {}] = name ?? [];
    if (pinfl !== undefined) found.push({ pinfl, firstName: given[0] ?? '', surname: family });
  }
  return found;
}
