/** The addresses at which a person signs in and consents. Who is at the form is known by the cookie of the engine. */
import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import type { Accounts } from '../accounts/accounts.ts';
import { signInPath, type Engine } from '../engine/engine.ts';
import type { SignIn } from '../engine/sign-in.ts';
import { allowsMethod } from '../engine/sign-in-methods.ts';
import type { PageOptions } from '../pages/page-options.ts';
import { passkeyScript } from '../pages/passkey-script.ts';
import { consentPage, expiredPage, loginPage, type SignInFailure } from '../pages/sign-in-pages.ts';
import { contentSecurityPolicy } from '../pages/layout.ts';
import { UpstreamRefusal } from '../upstream/upstream.ts';
import { upstreamPath, type Upstreams } from '../upstream/upstreams.ts';
import { addingConsent } from '../store/consents.ts';
import type { AuditEvent } from '../store/audit-events.ts';
import type { Devices } from './devices.ts';
import type { OnLocked } from './lockout.ts';
import type { Chosen, ChoosePatient } from './choose-patient.ts';
import { refuseOtherMethods } from './errors.ts';
import { acceptForms } from './form.ts';
import { ownClientId } from './account/own-client.ts';
import type { Language } from './language.ts';
import { pageLanguage, rememberLanguage } from './page-language.ts';
import type { Next, SecondFactor } from './second-factor.ts';
import { change } from '../unit-of-work.ts';

export interface SignInOptions {
  engine: Engine;
  accounts: Accounts;
  secondFactor: SecondFactor;
  upstreams: Upstreams;
  choosePatient: ChoosePatient;
  /** Links to set a new password can be sent. */
  canReset: boolean;
  sql: Sql;
  encryptionKey: Buffer;
  defaultLanguage: Language;
  /** Cookies are sent over https only. */
  secure: boolean;
  clock: () => Date;
  devices: Devices;
  onLocked: OnLocked;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
  /** From here on what the request changes is put off to its end. */
  beginUnitOfWork: () => void;
}

type Visit = FastifyRequest<{ Querystring: { ui_locales?: unknown } }>;

export function addSignIn(app: FastifyInstance, o: SignInOptions): void {
  // Bytes would be made a key anew for every form.
  const csrfKey = createSecretKey(Buffer.from(hkdfSync('sha256', o.encryptionKey, '', 'dhp sso forms', 32)));
  const csrfOf = ({ uid }: SignIn): string => createHmac('sha256', csrfKey).update(uid).digest('base64url');
  const path = `${signInPath}/:uid`;

  const languageOf = (request: Visit, signIn?: SignIn): Language =>
    pageLanguage(request, o.defaultLanguage, signIn?.uiLocales);

  const send = (reply: FastifyReply, language: Language, page: string, redirectUri?: string): FastifyReply =>
    reply
      .header('Content-Security-Policy', contentSecurityPolicy({ redirectUri, script: passkeyScript }))
      .header('Content-Language', language)
      .header('Cache-Control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(page);

  const goOn = (reply: FastifyReply, address: string): FastifyReply =>
    reply.header('Cache-Control', 'no-store').redirect(address, 303);

  const expired = (request: Visit, reply: FastifyReply): FastifyReply => {
    const language = languageOf(request);
    return send(reply.code(400), language, expiredPage(language));
  };

  async function allow(signIn: SignIn): Promise<string> {
    const { accountId } = signIn.person!.account;
    const { client_id: clientId } = signIn.client;
    const given = { accountId, clientId, scopes: signIn.possible, now: o.clock() };
    await change(o.sql, 'consent', addingConsent(o.sql, given));
    return signIn.finishConsent(signIn.possible);
  }

  app.get<{ Querystring: { ui_locales?: unknown } }>(path, async (request, reply) => {
    o.beginUnitOfWork();
    const signIn = await o.engine.signIn(request.raw, reply.raw);
    if (signIn === undefined) return expired(request, reply);
    const language = languageOf(request, signIn);
    rememberLanguage(request, reply, o.secure);
    const options = { language, csrf: csrfOf(signIn) };
    if (signIn.prompt === 'login') return beginLogin(request, reply, signIn);
    if (signIn.lacks !== undefined) {
      return followChoice(request, reply, signIn, await o.choosePatient.begin(signIn, options));
    }
    if (signIn.possible.length === 0) {
      return goOn(reply, await signIn.refuse('Nothing of what was asked for is this person in a position to give.'));
    }
    if (signIn.client.client_id === ownClientId) return goOn(reply, await signIn.finishConsent(signIn.possible));
    if (!signIn.mustAsk && signIn.possible.every((scope) => signIn.allowedBefore.includes(scope))) {
      return goOn(reply, await signIn.finishConsent(signIn.possible));
    }
    const patient = await o.choosePatient.chosen(signIn);
    return send(reply, language, consentPage(signIn, { ...options, patient }), signIn.redirectUri);
  });

  // The cookie of a sign-in is sent to the sign-in's own address alone: there it shows whether it is the same browser.
  app.get<{ Params: { id: string }; Querystring: Record<string, unknown> }>(
    `${upstreamPath}/:id`,
    async (request, reply) => {
      const { state, code } = request.query;
      const uid = typeof state === 'string' ? await o.upstreams.signInOf(state) : undefined;
      if (uid === undefined) return expired(request, reply);
      const query = { from: request.params.id, state: String(state), ...(typeof code === 'string' && { code }) };
      return goOn(reply, `${signInPath}/${uid}?${new URLSearchParams(query).toString()}`);
    },
  );

  void app.register((scope, _options, done) => {
    acceptForms(scope);
    scope.post<{ Querystring: { ui_locales?: unknown }; Body: URLSearchParams }>(path, async (request, reply) => {
      o.beginUnitOfWork();
      const signIn = await o.engine.signIn(request.raw, reply.raw);
      const { body } = request;
      if (signIn === undefined || !equal(body.get('csrf') ?? '', csrfOf(signIn))) return expired(request, reply);
      const clientId = signIn.client.client_id;
      const accountId = signIn.person?.account.accountId;
      const step = body.get('step');

      if (step === 'refuse') {
        o.record({ event: 'consent.refused', clientId, accountId }, request.ip);
        return goOn(reply, await signIn.refuse('The person said no.'));
      }
      if (step === 'allow' && signIn.prompt === 'consent' && signIn.possible.length > 0) {
        o.record({ event: 'consent.given', clientId, accountId, scope: signIn.possible.join(' ') }, request.ip);
        return goOn(reply, await allow(signIn));
      }
      const options = { language: languageOf(request, signIn), csrf: csrfOf(signIn) };
      if (signIn.prompt !== 'login') return choose(request, reply, signIn, options);
      if (step === 'login' && allowsMethod(signIn.client, 'password')) return login(request, reply, signIn);
      const next = await o.secondFactor.answer(signIn, body, options, noteFor(request, reply, signIn));
      if (next !== undefined) return follow(reply, signIn, options, next);
      return showLogin(request, reply, signIn, step === 'passkey' ? { because: 'passkey' } : undefined);
    });
    refuseOtherMethods(scope, path, 'GET, HEAD, POST');
    done();
  });

  const noteFor =
    (request: Visit, reply: FastifyReply, signIn: SignIn) =>
    (event: Pick<AuditEvent, 'event' | 'reason' | 'accountId'>): void => {
      o.record({ ...event, clientId: signIn.client.client_id }, request.ip);
      if (event.event !== 'sign-in.succeeded' || event.accountId === undefined) return;
      o.devices.seen(event.accountId, languageOf(request, signIn), request, reply);
    };

  const follow = (
    reply: FastifyReply,
    signIn: SignIn,
    { language }: PageOptions,
    next: NonNullable<Next>,
  ): FastifyReply =>
    'address' in next
      ? goOn(reply, next.address)
      : send(reply.code(next.status ?? 200), language, next.page, signIn.redirectUri);

  /** The forms about the patient of the sign-in; whatever else was sent, the browser sees the page that is due. */
  async function choose(
    request: FastifyRequest<{ Querystring: { ui_locales?: unknown }; Body: URLSearchParams }>,
    reply: FastifyReply,
    signIn: SignIn,
    options: PageOptions,
  ): Promise<FastifyReply> {
    const { body } = request;
    const step = body.get('step');
    const accountId = signIn.person?.account.accountId;
    const note = (event: Pick<AuditEvent, 'event' | 'reason'>): void =>
      noteFor(request, reply, signIn)({ ...event, accountId });
    if (step === 'choose-again' && signIn.hasChosen) await signIn.unchoose();
    if (signIn.lacks !== 'patient' || (step !== 'search' && step !== 'choose')) return goOn(reply, here(request));
    const chosen =
      step === 'search'
        ? await o.choosePatient.search(signIn, body, options, note)
        : await o.choosePatient.choose(signIn, body.get('patient') ?? '', options, note);
    return followChoice(request, reply, signIn, chosen);
  }

  async function followChoice(
    request: Visit,
    reply: FastifyReply,
    signIn: SignIn,
    chosen: Chosen,
  ): Promise<FastifyReply> {
    if (chosen === 'go-on') return goOn(reply, here(request));
    if (chosen === 'no-access')
      return goOn(reply, await signIn.refuse('The person may not see the record of this patient.'));
    if (chosen === 'unreachable') {
      return goOn(reply, await signIn.refuse('The records do not answer now.', 'temporarily_unavailable'));
    }
    return send(reply.code(chosen.status), languageOf(request, signIn), chosen.page, signIn.redirectUri);
  }

  /** The page of the factor that is due, or the way to an identity system and back. */
  async function beginLogin(request: Visit, reply: FastifyReply, signIn: SignIn): Promise<FastifyReply> {
    const { upstream, from } = request.query as Record<string, unknown>;
    if (typeof from === 'string') return comeBack(request, reply, signIn, from);
    if (typeof upstream !== 'string' || !allowsMethod(signIn.client, upstream))
      return showLogin(request, reply, signIn);
    let address: string | undefined;
    try {
      address = await o.upstreams.begin(upstream, signIn.uid, languageOf(request, signIn));
    } catch (error) {
      if (!(error instanceof UpstreamRefusal)) throw error;
      noteFor(
        request,
        reply,
        signIn,
      )({ event: 'sign-in.refused', reason: `${upstream.slice(0, 40)}: ${error.reason}` });
    }
    if (address !== undefined) return goOn(reply, address);
    return showLogin(request, reply, signIn, { because: 'upstream', isConflict: false });
  }

  async function comeBack(request: Visit, reply: FastifyReply, signIn: SignIn, from: string): Promise<FastifyReply> {
    const note = noteFor(request, reply, signIn);
    let address: string | undefined;
    try {
      const answer = new URLSearchParams(request.url.slice(request.url.indexOf('?')));
      const { account, methods } = await o.upstreams.finish(from, signIn.uid, answer);
      address = await o.secondFactor.afterFirst(signIn, account, methods, note);
    } catch (error) {
      if (!(error instanceof UpstreamRefusal)) throw error;
      note({ event: 'sign-in.refused', reason: `${from.slice(0, 40)}: ${error.reason}` });
      return showLogin(request, reply, signIn, { because: 'upstream', isConflict: error.reason === 'conflict' });
    }
    return goOn(reply, address ?? here(request));
  }

  /** The page of the factor that is due. */
  async function showLogin(
    request: Visit,
    reply: FastifyReply,
    signIn: SignIn,
    failed?: SignInFailure,
  ): Promise<FastifyReply> {
    const options = { language: languageOf(request, signIn), csrf: csrfOf(signIn) };
    const step = o.secondFactor.stepOf(signIn);
    const next = step && (await o.secondFactor.page(signIn, step, options));
    if (next !== undefined) return follow(reply, signIn, options, next);
    const username = (request.body as URLSearchParams | undefined)?.get('username')?.slice(0, 200);
    if (failed?.because === 'throttled') reply.header('Retry-After', String(failed.seconds));
    const page = loginPage(signIn, {
      ...options,
      canReset: o.canReset,
      takesPassword: allowsMethod(signIn.client, 'password'),
      upstreams: o.upstreams.list.filter(({ id }) => allowsMethod(signIn.client, id)),
      passkey: allowsMethod(signIn.client, 'passkey') ? o.secondFactor.passkeyOptions(signIn) : undefined,
      ...(username !== undefined && { username }),
      ...(failed !== undefined && { failed }),
    });
    const status = { wrong: 401, passkey: 401, upstream: 401, throttled: 429 };
    return send(
      reply.code(failed === undefined ? 200 : status[failed.because]),
      options.language,
      page,
      signIn.redirectUri,
    );
  }

  async function login(
    request: FastifyRequest<{ Querystring: { ui_locales?: unknown }; Body: URLSearchParams }>,
    reply: FastifyReply,
    signIn: SignIn,
  ): Promise<FastifyReply> {
    const [username, password] = ['username', 'password'].map((name) => request.body.get(name) ?? '') as [
      string,
      string,
    ];
    const result = await o.accounts.authenticate(username, password, request.ip);
    const note = noteFor(request, reply, signIn);
    if ('account' in result) {
      const { account, hasFactor } = result;
      const address = await o.secondFactor.afterFirst(signIn, account, ['pwd'], note, hasFactor);
      return goOn(reply, address ?? here(request));
    }
    note({ event: 'sign-in.refused', reason: result.refused, accountId: result.accountId });
    const { waitSeconds: seconds, locksFor, accountId } = result;
    if (locksFor !== undefined && accountId !== undefined) await o.onLocked(accountId, locksFor, request.ip);
    return showLogin(
      request,
      reply,
      signIn,
      seconds === undefined ? { because: 'wrong' } : { because: 'throttled', seconds },
    );
  }
}

/** The same page without its query: a reload sends no form again. */
function here(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}

function equal(a: string, b: string): boolean {
  const [given, wanted] = [Buffer.from(a), Buffer.from(b)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
