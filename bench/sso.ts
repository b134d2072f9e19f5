/** Measures the SSO, with each token's audit record, and the additional cost of enforcement for reads and searches of one record. */
import { fhirAt, hasStatus } from '../tests/fhir.ts';
import { getToken } from '../tests/platform.ts';
import type { Progress } from '../apps/dhp/src/progress.ts';
import type { Load } from './load/measure.ts';
import type { Job } from './load/workloads.ts';
import { signInPatient, type SignedInPerson } from './people.ts';
import type { RestMeasured } from './rest.ts';
import type { Subject } from './subject.ts';

const warmUp = 500;
/** Codes are valid once; this many are made for each measured second. */
const mostExchanges = 1_000;
const mostClients = 500;

/** Requests per CPU-second to reach; times are measured at half that rate. */
const grants = [
  { name: 'client_credentials, 100 clients', least: 2_000 },
  { name: 'client_credentials, 500 clients', least: 1_500 },
  { name: 'refresh', least: 800 },
  { name: 'code exchange', least: 800 },
  { name: 'refresh with an id_token', least: 800 },
  { name: 'code exchange with an id_token', least: 800 },
] as const;
type Grant = (typeof grants)[number]['name'];

const narrowings = ['patient/*.rs', 'system/Observation.rs?category=vital-signs'] as const;
const interactions = { 'read of an Observation': 10, 'search of Observations': 20 } as const;
const wide = 'system/*.cruds';

interface SsoLine extends RestMeasured {
  readonly grant?: Grant;
  readonly rate?: number;
  readonly interaction?: keyof typeof interactions;
  readonly scope?: string;
}

/** A place for each line of the report, in its order. */
export function ssoLines(): SsoLine[] {
  return [
    ...grants.flatMap(({ name: grant, least }) => [
      ...[16, 64].map((connections) => ({
        ...{ name: grant, grant, connections, bar: { least, unit: '/CPU-s' as const }, runs: [] },
      })),
      {
        ...{ name: `${grant}, ${least / 2} a second`, grant, connections: 64, rate: least / 2 },
        ...{ bar: { least: 50, unit: 'ms' as const, of: 'p99' as const }, runs: [] },
      },
    ]),
    ...Object.entries(interactions).flatMap(([interaction, percent]) =>
      [wide, ...narrowings].map((scope): SsoLine => {
        const nameWith = (one: string): string => `${interaction}, ${one}`;
        return {
          ...{ name: nameWith(scope), connections: 16, runs: [], scope },
          interaction: interaction as keyof typeof interactions,
          ...(scope === wide ? {} : { besides: { name: nameWith(wide), percent } }),
        };
      }),
    ),
  ];
}

/** Registers clients and a person, and measures every line in each round. */
export async function measureSso(
  subject: Subject,
  load: Load,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
  progress: Progress,
): Promise<SsoLine[]> {
  const making = progress.step(`${mostClients} clients, and somebody who signs in`);
  const forms = await makeClients(subject, mostClients);
  const { patient, observations } = await aRecord(subject);
  const signedIn = (kind: 'plain' | 'withIdToken'): Promise<SignedInPerson> =>
    signInPatient(subject.home, subject.platform.urls.sso, patient, kind);
  const person = await signedIn('plain');
  const withIdToken = await signedIn('withIdToken');
  const tokens = await tokensOf(subject, person);
  making.done();

  const sso = new URL(subject.platform.urls.sso);
  const fhir = new URL(subject.platform.urls.playground);
  const path = '/oauth/token';
  const jobOf = async (line: SsoLine): Promise<Job> => {
    const { connections, grant, rate, scope } = line;
    const common = { host: '127.0.0.1', connections, warmUp, duration: seconds * 1000 };
    const paced = { ...common, port: Number(sso.port), path, ...(rate === undefined ? {} : { rate }) };
    if (grant === undefined) {
      const paths = line.interaction === 'search of Observations' ? searchesOf(patient) : observations;
      const below = paths.map((each) => `${fhir.pathname}/${each}`);
      return { ...common, port: Number(fhir.port), kind: 'get', paths: below, token: tokens.get(scope!)! };
    }
    const who = grant.endsWith('with an id_token') ? withIdToken : person;
    if (grant.startsWith('refresh')) {
      const refreshTokens = (await who.tokens(connections)).map((each) => each.refresh_token);
      return { ...paced, kind: 'refresh', clientId: who.clientId, tokens: refreshTokens };
    }
    if (grant.startsWith('code exchange')) {
      const perSecond = rate ?? mostExchanges;
      const count = Math.ceil(perSecond * (seconds + 2 * (warmUp / 1000)));
      return { ...paced, kind: 'exchange', forms: await who.exchanges(count) };
    }
    return { ...paced, kind: 'token', forms: forms.slice(0, grant === 'client_credentials, 100 clients' ? 100 : 500) };
  };

  const lines = ssoLines();
  const step = progress.step('measuring tokens and enforcement');
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, line] of lines.entries()) {
      step.update(round * lines.length + index, rounds * lines.length, `· round ${round + 1}, ${line.name}`);
      line.runs.push((await load.run(await jobOf(line), subject.watched)).run);
    }
  }
  step.done(`${lines.length} lines`);
  return lines;
}

/** Token requests of as many clients, which the administration registers. */
export async function makeClients({ home, platform: { urls } }: Subject, count: number): Promise<string[]> {
  const administrator = await home.createClient('playground', 'admin/clients.write');
  const token = await getToken(urls.sso, administrator);
  const forms: string[] = [];
  const make = async (number: number): Promise<void> => {
    const body = JSON.stringify({
      ...{
        client_name: `Bench ${number}`,
        grant_types: ['client_credentials'],
        scope: wide,
        environment: 'playground',
      },
      reason: 'a benchmark',
    });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${urls.sso}/admin/clients`, { method: 'POST', headers, body });
    if (response.status !== 201) throw new Error(`no client: ${response.status} ${await response.text()}`);
    const { client_id, client_secret } = (await response.json()) as { client_id: string; client_secret: string };
    forms.push(new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }).toString());
  };
  const numbers = Array.from({ length: count }, (_, number) => number).values();
  const worker = async (): Promise<void> => {
    for (const number of numbers) await make(number);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return forms;
}

/** A patient of the population, with the Observations of vital signs. */
async function aRecord({ platform, token }: Subject): Promise<{ patient: string; observations: string[] }> {
  const ask = fhirAt(platform.urls.playground, token);
  const resources = async (path: string): Promise<{ id: string; subject: { reference: string } }[]> => {
    const bundle = hasStatus(await ask('GET', path), 200).json() as { entry?: { resource: never }[] };
    return (bundle.entry ?? []).map(({ resource }) => resource);
  };
  const [first] = await resources('Observation?category=vital-signs&_count=1');
  if (first === undefined) throw new Error('the population has no vital signs');
  const patient = first.subject.reference.replace('Patient/', '');
  const own = await resources(`Observation?patient=${patient}&category=vital-signs&_count=100`);
  return { patient, observations: own.map(({ id }) => `Observation/${id}`) };
}

/** The same matches for every scope of the token. */
function searchesOf(patient: string): string[] {
  return [`Observation?patient=${patient}&category=vital-signs&_count=20`];
}

async function tokensOf(subject: Subject, person: SignedInPerson): Promise<Map<string, string>> {
  const { home, platform } = subject;
  const tokens = new Map([[wide, subject.token]]);
  for (const scope of narrowings) {
    if (scope.startsWith('patient/')) {
      tokens.set(scope, (await person.tokens(1))[0]!.access_token);
      continue;
    }
    const client = await home.createClient('playground', scope);
    tokens.set(scope, await getToken(platform.urls.sso, client, scope));
  }
  return tokens;
}
