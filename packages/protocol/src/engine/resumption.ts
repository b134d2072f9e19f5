/**
 * Continues an authorization within the request in which its person answered. The engine would make the browser come back for that, to an
 * address that only redirects it: a round trip, slow on a poor line, and as much work as the answer itself.
 *
 * The answer is kept for a minute with the address to which it led: a person who presses a button twice sends the same answer twice, and
 * gets the result of the first one.
 */
import { hash, type KeyObject } from 'node:crypto';
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { EngineContext, EngineInteraction, Provider } from 'oidc-provider';
import type { Sql } from '@dhp/postgres';
import { callerAddress, EndedMeanwhile, requestState, unitOfWork } from '@dhp/sso-kit/request';
import { seal, unseal } from '@dhp/sso-kit';
import { insertingAnswer, isAnsweredBefore, selectArtifact } from '@dhp/grants/artifacts';
import { enginePaths, signInPath } from './paths.ts';
import type { Resumption } from './state.ts';

/** Result of an answer. */
interface Answer {
  location: string;
  /** The code or the next question that it led to; the browser is led there again until it has been used. */
  to?: { model: 'AuthorizationCode' | 'Interaction'; id: string };
}

export interface Parts {
  readonly provider: Provider;
  readonly callback: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly sql: Sql;
  readonly encryptionKey: KeyObject;
  readonly clock: () => Date;
}

interface At {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Seconds: the lifetime of a code. */
const answerSeconds = 60;

/**
 * Writes the answer and its results, and then puts their cookies on the response.
 * @param interaction with its result
 * @returns the address at which the browser continues
 */
export async function goOn(
  parts: Parts,
  at: At,
  { interaction, grant }: Pick<Resumption, 'interaction' | 'grant'>,
): Promise<string> {
  const unit = unitOfWork();
  const resumption: Resumption = { interaction, grant };
  const { answer, cookies } =
    unit !== undefined && canGoOn(interaction) ? await resume(parts, at.request, resumption) : { cookies: [] };
  if (unit === undefined || answer === undefined) {
    put(at.response, cookies);
    await interaction.save(interaction.exp - Math.floor(Date.now() / 1000));
    return interaction.returnTo;
  }
  const { uid } = interaction;
  // If the answer had no redirect of its own, the session has kept its id, and may have another one when this is shown again.
  const kept = { ...answer, cookies: answer.to === undefined ? [] : [...cookiesOf(at.response), ...cookies] };
  const statement = insertingAnswer(parts.sql, {
    idHash: hash('sha256', uid, 'buffer'),
    content: seal(parts.encryptionKey, Buffer.from(JSON.stringify(kept)), `Answer:${uid}`),
    expires: new Date(parts.clock().getTime() + answerSeconds * 1000),
  });
  unit.put(`Answer ${uid}`, { parts: [{ statement }] });
  try {
    await unit.write();
  } catch (error) {
    // The session of the browser has ended meanwhile: nothing is written, and the page says that the person must begin again.
    if (error instanceof EndedMeanwhile) return `${signInPath}/${uid}`;
    // Another request has answered meanwhile: nothing of this one is written, and it leads to the same address as that one.
    if (!isAnsweredBefore(error)) throw error;
    return (await answered(parts, at, uid)) ?? `${signInPath}/${uid}`;
  }
  put(at.response, cookies);
  return answer.location;
}

/** Returns the address to which a recent answer redirected this browser; undefined if there was none or it is too old. */
export async function answeredHere(parts: Parts, at: At, uid: string): Promise<string | undefined> {
  const { provider } = parts;
  const { cookies } = provider.createContext(at.request, at.response);
  const own = cookies.get(provider.cookieName('interaction'), { signed: true });
  return own === uid ? answered(parts, at, uid) : undefined;
}

async function answered({ sql, encryptionKey, clock }: Parts, at: At, uid: string): Promise<string | undefined> {
  const row = await selectArtifact(sql, 'Answer', { idHash: hash('sha256', uid, 'buffer') }, clock());
  if (row === undefined) return undefined;
  const text = unseal(encryptionKey, row.content, `Answer:${uid}`).toString('utf8');
  const { location, cookies, to } = JSON.parse(text) as Answer & { cookies: string[] };
  const next = to && (await selectArtifact(sql, to.model, { idHash: hash('sha256', to.id, 'buffer') }, clock()));
  if (to !== undefined && (next === undefined || next.consumed_at !== null)) return undefined;
  // The session has the id that the first answer gave it, in whichever of the two the browser reads.
  at.response.removeHeader('Set-Cookie');
  at.response.setHeader('Set-Cookie', cookies);
  return location;
}

/**
 * A device sign-in ends with a page of its own, and so does a form for the client (`form_post`). A pushed request is used up at once, not
 * together with the rest: of two answers, the late one would spoil the first.
 */
function canGoOn({ returnTo, params, parJti }: EngineInteraction): boolean {
  const mode = params['response_mode'];
  const isRedirect = mode === undefined || mode === 'query' || mode === 'fragment';
  return isRedirect && parJti === undefined && new URL(returnTo).pathname.startsWith(`${enginePaths.authorize}/`);
}

/** @returns no answer if the engine answers with a page, which needs an address of its own: the browser must come back */
async function resume(
  parts: Parts,
  request: IncomingMessage,
  resumption: Resumption,
): Promise<{ answer?: Answer; cookies: string[] }> {
  const { uid } = resumption.interaction;
  const response = new ServerResponse(request);
  const state = requestState();
  state.resumption = resumption;
  state.exchange = { address: callerAddress() ?? '', began: parts.clock() };
  try {
    await parts.callback(request, response);
  } finally {
    state.resumption = state.exchange = undefined;
  }
  const { ctx } = resumption;
  const location = response.getHeader('Location');
  const cookies = cookiesOf(response);
  if (ctx?.status !== 303 || typeof location !== 'string') {
    const resumeCookie = parts.provider.cookieName('resume');
    return { cookies: cookies.filter((cookie) => !cookie.startsWith(resumeCookie)) }; // the browser needs it to come back
  }
  const { AuthorizationCode: code, Interaction: next } = ctx.oidc.entities;
  if (code !== undefined) return { answer: { location, to: { model: 'AuthorizationCode', id: code.jti } }, cookies };
  const isNext = next !== undefined && next.uid !== uid;
  return { answer: { location, ...(isNext && { to: { model: 'Interaction', id: next.uid } }) }, cookies };
}

/**
 * Runs around the engine's work on such a request, whose answer nobody reads. To the engine it is the request by which the browser would
 * have come back: the framework lets a middleware set its method, address and cookies. The cookie of the sign-in's page has already proved
 * that this is the browser in which the sign-in began; the engine sets that cookie together with the one that it expects here.
 */
export async function withoutBrowser(
  ctx: EngineContext,
  next: () => Promise<void>,
  { resumption, resumeCookie }: { resumption: Resumption; resumeCookie: string },
): Promise<void> {
  const { method, url, cookies } = ctx;
  const { uid, returnTo } = resumption.interaction;
  ctx.respond = false;
  ctx.method = 'GET';
  ctx.url = new URL(returnTo).pathname;
  ctx.cookies = {
    get: (name, options) => (name === resumeCookie ? uid : cookies.get(name, options)),
    set: (name, value, options) => cookies.set(name, value, options),
  };
  try {
    await next();
  } finally {
    ctx.method = method;
    ctx.url = url;
  }
  resumption.ctx = ctx;
}

function put(response: ServerResponse, cookies: readonly string[]): void {
  for (const cookie of cookies) response.appendHeader('Set-Cookie', cookie);
}

function cookiesOf(response: ServerResponse): string[] {
  const cookies = response.getHeader('Set-Cookie') ?? [];
  return [cookies].flat().map(String);
}
