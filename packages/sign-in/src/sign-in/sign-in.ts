/** The addresses at which a person signs in and consents. Who is at the form is known by the cookie of the engine. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { signInPath, allowsMethod } from '@dhp/protocol';
import { upstreamPath } from '@dhp/accounts/identity-systems';
import { connectPath } from '../own-client.ts';
import { refuseOtherMethods, rememberLanguage } from '@dhp/sso-pages/answers';
import { EndedMeanwhile } from '@dhp/sso-kit/request';
import { acceptForms, isSameKey } from '@dhp/web-kit';
import { askConsent, takeConsent, takeRefusal } from './consent.ts';
import { openDesk, type FormVisit, type SignInDesk, type SignInOptions, type SignInVisit } from './desk.ts';
import { beginLogin } from './identity-system.ts';
import { login, showLogin } from './login.ts';
import { choose, followChoice } from './patient-choice.ts';

interface Page {
  Params: { uid: string };
  Querystring: { ui_locales?: unknown };
}

interface Form extends Page {
  Body: URLSearchParams;
}

const path = `${signInPath}/:uid`;

export function addSignIn(app: FastifyInstance, o: SignInOptions): void {
  const desk = openDesk(o);
  addPage(app, desk);
  addWayBack(app, desk);
  addForm(app, desk);
}

/** The page that is due. */
function addPage(app: FastifyInstance, desk: SignInDesk): void {
  app.get<Page>(path, async (request, reply) => {
    desk.beginUnitOfWork();
    const signIn = await desk.engine.signIn(request.raw, reply.raw);
    if (signIn === undefined) return desk.ended(request, reply);
    rememberLanguage(request, reply, desk.secure);
    const visit = { request, reply, signIn };
    const options = desk.optionsOf(visit);
    if (signIn.prompt === 'login') return beginLogin(desk, visit);
    if (signIn.lacks !== undefined) {
      return followChoice(desk, visit, await desk.choosePatient.begin(signIn, options));
    }
    return askConsent(desk, visit, options);
  });
}

/**
 * The address to which an identity system leads back. The cookie of a sign-in or session shows at the address that it goes on to whether it
 * is the same browser.
 */
function addWayBack(app: FastifyInstance, desk: SignInDesk): void {
  app.get<{ Params: { id: string }; Querystring: Record<string, unknown> }>(
    `${upstreamPath}/:id`,
    async (request, reply) => {
      const { state, code } = request.query;
      const made = typeof state === 'string' ? await desk.upstreams.ofState(state) : undefined;
      if (made === undefined) return desk.expired(request, reply);
      const query = { from: request.params.id, state: String(state), ...(typeof code === 'string' && { code }) };
      const goOnPath = made.purpose === 'connect' ? connectPath : `${signInPath}/${made.uid}`;
      return desk.goOn(reply, `${goOnPath}?${new URLSearchParams(query).toString()}`);
    },
  );
}

/** The forms of all pages. */
function addForm(app: FastifyInstance, desk: SignInDesk): void {
  void app.register((scope, _options, done) => {
    acceptForms(scope);
    scope.post<Form>(path, async (request, reply) => {
      desk.beginUnitOfWork();
      const signIn = await desk.engine.signIn(request.raw, reply.raw);
      const isOurs = isSameKey(request.body.get('csrf') ?? '', desk.csrfOf(signIn ?? request.params));
      if (!isOurs) return desk.expired(request, reply);
      if (signIn === undefined) return desk.ended(request, reply);
      return takeForm(desk, { request, reply, signIn }).catch((error: unknown) => {
        if (error instanceof EndedMeanwhile) return desk.ended(request, reply);
        throw error;
      });
    });
    refuseOtherMethods(scope, path, 'GET, HEAD, POST');
    done();
  });
}

async function takeForm(desk: SignInDesk, visit: SignInVisit<FormVisit>): Promise<FastifyReply> {
  const { request, signIn } = visit;
  const step = request.body.get('step');
  if (step === 'refuse') return takeRefusal(desk, visit);
  // Consent is due only when the record is known: the page before asks for none, but a form can be sent by hand.
  const isDue = signIn.prompt === 'consent' && signIn.lacks === undefined;
  if (step === 'allow' && isDue && signIn.possible.length > 0) return takeConsent(desk, visit, request.body);
  const options = desk.optionsOf(visit);
  if (signIn.prompt !== 'login') return choose(desk, visit, options);
  if (step === 'login' && allowsMethod(signIn.client, 'password')) return login(desk, visit);
  const withDevices = { ...options, devices: desk.devices.of(request) };
  const next = await desk.secondFactor.answer(signIn, request.body, withDevices, desk.noteFor(visit));
  if (next !== undefined) return desk.follow(visit, options, next);
  return showLogin(desk, visit, step === 'passkey' ? { because: 'passkey' } : undefined);
}
