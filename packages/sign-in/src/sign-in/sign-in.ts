/** The addresses at which a person signs in and consents. The engine's cookie identifies the sign-in. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { signInPath, allowsMethod } from '@dhp/protocol';
import { upstreamPath } from '@dhp/accounts/identity-systems';
import { connectPath } from '../own-client.ts';
import { refuseOtherMethods, rememberLanguage } from '@dhp/sso-pages/answers';
import { EndedMeanwhile } from '@dhp/sso-kit/request';
import { acceptForms, isSameKey } from '@dhp/web-kit';
import { askConsent, takeConsent, takeRefusal } from './consent.ts';
import {
  openController,
  type FormRequest,
  type SignInController,
  type SignInOptions,
  type SignInContext,
} from './controller.ts';
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
  const controller = openController(o);
  addPage(app, controller);
  addWayBack(app, controller);
  addForm(app, controller);
}

/** The page that is due. */
function addPage(app: FastifyInstance, controller: SignInController): void {
  app.get<Page>(path, async (request, reply) => {
    controller.beginUnitOfWork();
    const signIn = await controller.engine.signIn(request.raw, reply.raw);
    if (signIn === undefined) return controller.ended(request, reply);
    rememberLanguage(request, reply, controller.secure);
    const context = { request, reply, signIn };
    const options = controller.optionsOf(context);
    if (signIn.prompt === 'login') return beginLogin(controller, context);
    if (signIn.lacks !== undefined) {
      return followChoice(controller, context, await controller.choosePatient.begin(signIn, options));
    }
    return askConsent(controller, context, options);
  });
}

/**
 * The address to which an identity system redirects back. At the next address, the cookie of a sign-in or session shows whether it is the
 * same browser.
 */
function addWayBack(app: FastifyInstance, controller: SignInController): void {
  app.get<{ Params: { id: string }; Querystring: Record<string, unknown> }>(
    `${upstreamPath}/:id`,
    async (request, reply) => {
      const { state, code } = request.query;
      const made = typeof state === 'string' ? await controller.upstreams.ofState(state) : undefined;
      if (made === undefined) return controller.expired(request, reply);
      const query = { from: request.params.id, state: String(state), ...(typeof code === 'string' && { code }) };
      const goOnPath = made.purpose === 'connect' ? connectPath : `${signInPath}/${made.uid}`;
      return controller.goOn(reply, `${goOnPath}?${new URLSearchParams(query).toString()}`);
    },
  );
}

/** The forms of all pages. */
function addForm(app: FastifyInstance, controller: SignInController): void {
  void app.register((scope, _options, done) => {
    acceptForms(scope);
    scope.post<Form>(path, async (request, reply) => {
      controller.beginUnitOfWork();
      const signIn = await controller.engine.signIn(request.raw, reply.raw);
      const isOurs = isSameKey(request.body.get('csrf') ?? '', controller.csrfOf(signIn ?? request.params));
      if (!isOurs) return controller.expired(request, reply);
      if (signIn === undefined) return controller.ended(request, reply);
      return takeForm(controller, { request, reply, signIn }).catch((error: unknown) => {
        if (error instanceof EndedMeanwhile) return controller.ended(request, reply);
        throw error;
      });
    });
    refuseOtherMethods(scope, path, 'GET, HEAD, POST');
    done();
  });
}

async function takeForm(controller: SignInController, context: SignInContext<FormRequest>): Promise<FastifyReply> {
  const { request, signIn } = context;
  const step = request.body.get('step');
  if (step === 'refuse') return takeRefusal(controller, context);
  // Consent is due only when the record is known: the page before does not ask for consent, but a form can be sent by hand.
  const isDue = signIn.prompt === 'consent' && signIn.lacks === undefined;
  if (step === 'allow' && isDue && signIn.possible.length > 0) return takeConsent(controller, context, request.body);
  const options = controller.optionsOf(context);
  if (signIn.prompt !== 'login') return choose(controller, context, options);
  if (step === 'login' && allowsMethod(signIn.client, 'password')) return login(controller, context);
  const withDevices = { ...options, devices: controller.devices.of(request) };
  const next = await controller.secondFactor.answer(signIn, request.body, withDevices, controller.noteFor(context));
  if (next !== undefined) return controller.follow(context, options, next);
  return showLogin(controller, context, step === 'passkey' ? { because: 'passkey' } : undefined);
}
