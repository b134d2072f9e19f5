/**
 * The complete launch of a registered application, by the software of a health worker or by itself: the portal acts as the application, the
 * launching software and the browser of the person, and notes each request. It works only in the playground, with test people.
 * docs/decisions/0082-launcher.md
 */
import { hash } from 'node:crypto';
import { equal } from '@dhp/web-kit';
import { bodyOf, Unasked } from '../applications/answers.ts';
import { jsonAt, membersOf, textOf } from '../explorer/kept.ts';
import type { RequestContext } from '../session/routes.ts';
import { openBrowser } from './browser.ts';
import {
  Ended,
  patience,
  random,
  relayed,
  shortCode,
  type Course,
  type Endpoints,
  type LaunchParts,
  type Plan,
  type Request,
} from './course.ts';
import type { Launched } from './shapes.ts';
import { signInAs } from './sign-in.ts';
import { jsonLines, requestLines, type Check, type Outcome, type LaunchStep } from './steps.ts';
import { exchange, readAnswer } from './token-request.ts';

/** @throws Unasked if the SSO says that nobody is signed in, or does not answer */
export async function playLaunch(parts: LaunchParts, context: RequestContext, plan: Plan): Promise<Outcome> {
  const course: Course = { ...parts, context, plan, steps: [] };
  const { steps } = course;
  try {
    const launch = await begin(course);
    const endpoints = await discover(course);
    const request = makeRequest(course, endpoints, launch);
    const back = await signIn(course, request);
    const code = readRedirect(course, back, request);
    const said = await exchange(course, { code, verifier: request.verifier, endpoint: endpoints.token });
    return { steps, held: await readAnswer(course, said, request) };
  } catch (error) {
    if (error instanceof Ended) return { steps, failure: error.failure };
    if (error instanceof Unasked) throw error;
    context.request.log.warn(error, 'a launch was not played to its end');
    return { steps, failure: { because: 'away' } };
  }
}

/** @returns the value of `launch`; undefined for a launch by the application itself */
async function begin(course: Course): Promise<string | undefined> {
  if (course.plan.kind === 'ehr') return registerContext(course);
  await countLaunch(course);
  return undefined;
}

/** Registers the context as the software of a health worker does. @returns the value of `launch` */
async function registerContext({ context, plan, servers, steps }: Course): Promise<string> {
  const { application, person, patient, hasEncounter } = plan;
  const launchContext = {
    ...(patient !== undefined && { patient: patient.id }),
    ...(hasEncounter && typeof patient?.encounter === 'string' && { encounter: patient.encounter }),
    practitioner: person.id,
  };
  const { client_id: client } = application;
  const made = await context.ask<Launched>(`/applications/${encodeURIComponent(client)}/launch`, launchContext);
  const { published } = servers.sso;
  const request = requestLines(`POST ${published}/oauth/launch`, { application: client, ...launchContext }, 'form');
  if (made.kind === 'refused') throw refused(steps, { name: 'context', request }, made);
  const { launch, expires_in: seconds, iss } = bodyOf(made);
  steps.push({ name: 'context', request, answer: ['201', ...jsonLines({ launch, expires_in: seconds })] });
  const at = application.initiate_login_uri ?? '';
  steps.push({ name: 'open', request: requestLines(`GET ${at === '' ? '…' : at}`, { iss, launch }, 'query') });
  return launch;
}

/** A launch by the application itself begins at its own page. It counts as a call, like the other one. */
async function countLaunch({ context, steps }: Course): Promise<void> {
  const counted = await context.ask('/explorer-call', {});
  if (counted.kind === 'refused') throw refused(steps, undefined, counted);
  bodyOf(counted);
}

function refused(
  steps: LaunchStep[],
  step: LaunchStep | undefined,
  { status, reason, message }: { status: number; reason: string; message: string },
): Ended {
  if (step !== undefined) steps.push({ ...step, answer: [String(status), message] });
  return new Ended({ because: 'refused', reason, message });
}

const told = [
  ...['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'code_challenge_methods_supported'],
  'capabilities',
];

async function discover({ servers, steps }: Course): Promise<Endpoints> {
  const path = '/.well-known/smart-configuration';
  const found = membersOf(await jsonAt(`${servers.fhir.internal}${path}`, { timeout: patience }));
  const shown = Object.fromEntries(told.flatMap((name) => (name in found ? [[name, found[name]]] : [])));
  const of = (name: string): string => textOf(found[name]);
  const endpoints = { issuer: of('issuer'), authorize: of('authorization_endpoint'), token: of('token_endpoint') };
  const { published } = servers.sso;
  // An address of another server would be sent a code, or a secret.
  const isGood = [endpoints.authorize, endpoints.token].every((one) => one.startsWith(`${published}/`));
  const checks = [{ name: 'endpoints', isGood }] as const;
  steps.push({
    name: 'discovery',
    request: [`GET ${servers.fhir.published}${path}`],
    ...{ answer: ['200', ...jsonLines(shown)], checks },
  });
  if (!isGood) throw new Ended({ because: 'check', name: 'endpoints' });
  return endpoints;
}

function makeRequest({ plan, servers, steps }: Course, endpoints: Endpoints, launch: string | undefined): Request {
  const { application, redirectUri } = plan;
  const scopes = scopesFor(application.scope, launch !== undefined);
  const [verifier, state] = [random(), random()];
  const nonce = scopes.includes('openid') ? random() : undefined;
  const parameters = {
    ...{ response_type: 'code', client_id: application.client_id, redirect_uri: redirectUri },
    ...{ scope: scopes.join(' '), state, aud: servers.fhir.published },
    ...(launch !== undefined && { launch }),
    ...(nonce !== undefined && { nonce }),
    ...{ code_challenge: hash('sha256', verifier, 'base64url'), code_challenge_method: 'S256' },
  };
  steps.push({ name: 'request', request: requestLines(`GET ${endpoints.authorize}`, parameters, 'query') });
  const address = new URL(endpoints.authorize);
  address.search = new URLSearchParams(parameters).toString();
  return { address, state, nonce, verifier, endpoints };
}

/** The requested scopes: the registered ones, without those of the other kind of launch, and without those for longer-lived tokens. */
export function scopesFor(scope: string, isLaunched: boolean): string[] {
  const others = isLaunched ? /^launch\/patient$/ : /^launch$/;
  return scope.split(' ').filter((one) => one !== '' && !/^(?:offline|online)_access$/.test(one) && !others.test(one));
}

async function signIn(course: Course, request: Request): Promise<URL> {
  const { plan, servers, context, relayKey, steps } = course;
  const browser = openBrowser({
    ...servers.sso,
    headers: () => ({ ...relayed(context, relayKey), 'accept-language': context.language }),
  });
  const asked = {
    address: request.address,
    redirectUri: plan.redirectUri,
    as: plan.person.as,
    patient: plan.patient?.id ?? '',
  };
  try {
    const walked = await signInAs(browser, asked);
    if ('back' in walked) return walked.back;
    throw new Ended({ because: 'stopped', heading: walked.stoppedAt });
  } finally {
    steps.push({
      name: 'sign-in',
      request: browser.hops.map((hop) => `${String(hop.status)} ${hop.method} ${shortened(hop.path)}`),
    });
  }
}

/** Without long parts: ids of the sign-in and values of parameters. */
const shortened = (path: string): string =>
  path
    .split('?', 1)[0]!
    .split('/')
    .map((part) => (part.length > 24 ? '…' : part))
    .join('/') + (path.includes('?') ? '?…' : '');

/** @returns the code */
function readRedirect({ plan, steps }: Course, back: URL, { state, endpoints }: Request): string {
  const values = Object.fromEntries(back.searchParams);
  const checks: Check[] = [{ name: 'state', isGood: equal(values['state'] ?? '', state) }];
  if (values['iss'] !== undefined) checks.push({ name: 'iss', isGood: values['iss'] === endpoints.issuer });
  const shown = { ...values, ...(values['code'] !== undefined && { code: shortCode(values['code']) }) };
  steps.push({ name: 'redirect', request: requestLines(`GET ${plan.redirectUri}`, shown, 'query'), checks });
  const wrong = checks.find(({ isGood }) => !isGood);
  if (wrong !== undefined) throw new Ended({ because: 'check', name: wrong.name });
  const { code = '', error = '' } = values;
  if (code === '') throw new Ended({ because: 'error', error });
  if (plan.application.has_keys) throw new Ended({ because: 'keys' });
  return code;
}
