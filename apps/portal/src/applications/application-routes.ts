/** Routes of one application: another secret, a change, production. */
import type { FastifyReply } from 'fastify';
import type { Page } from '../page/layout.ts';
import type { RequestContext } from '../session/routes.ts';
import type { Shell } from '../shell.ts';
import { applicationOf, bodyOf, formatted, linesOf, partOf, send, settled, type Routes } from './answers.ts';
import { changePage, secretPage, secretQuestionPage, type ChangeTyped } from './change-pages.ts';
import { productionPage, type ChecklistTyped } from './production-page.ts';
import type { Application, NewApplication, Production } from './shapes.ts';
import { madePage } from './wizard.ts';

export function addApplicationRoutes(shell: Shell, { show, take }: Routes): void {
  show('/:client/secret', async (context, page) =>
    send(shell, context, secretQuestionPage(page, await applicationOf(context))),
  );
  take('/:client/secret', (context, page) => changeSecrets(shell, context, page));
  show('/:client/change', async (context, page) => {
    const application = await applicationOf(context);
    return send(shell, context, changePage(page, application, typedBefore(application)));
  });
  take('/:client/change', (context, page) => change(shell, context, page));
  show('/:client/production', async (context, page) => {
    const application = await applicationOf(context);
    const typed = { profiles: '', tests: '', contacts: '', redirects: application.redirect_uris.join('\n') };
    return send(shell, context, productionPage(page, { application, production: await productionOf(context), typed }));
  });
  take('/:client/production', (context, page) => askForProduction(shell, context, page));
}

const pathOf = (context: RequestContext): string => `/applications/${encodeURIComponent(partOf(context, 'client'))}`;

async function changeSecrets(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const isSecond = context.form.get('act') === 'second';
  const act = isSecond ? 'rotate-secret' : 'drop-old-secret';
  const done = settled(await context.ask<NewApplication>(`${pathOf(context)}/${act}`, {}));
  if ('refusal' in done)
    return send(shell, context, secretQuestionPage(page, await applicationOf(context), done.refusal), 409);
  return isSecond ? send(shell, context, secretPage(page, done.body)) : shell.goTo(context.reply, pathOf(context));
}

const typedBefore = ({
  client_name: name,
  redirect_uris: redirects,
  initiate_login_uri: launchAddress,
}: Application): ChangeTyped => ({
  ...{ name, redirects: redirects.join('\n'), jwks: '', jwksUri: '', launchAddress: launchAddress ?? '' },
});

async function change(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const { form } = context;
  const typed: ChangeTyped = {
    name: form.get('client_name') ?? '',
    redirects: form.get('redirect_uris') ?? '',
    ...{ jwks: form.get('jwks') ?? '', jwksUri: form.get('jwks_uri') ?? '' },
    launchAddress: form.get('initiate_login_uri') ?? '',
  };
  const asked = {
    client_name: typed.name,
    ...(form.has('redirect_uris') && { redirect_uris: linesOf(typed.redirects) }),
    ...(form.has('initiate_login_uri') && { initiate_login_uri: typed.launchAddress.trim() }),
    ...keysIn(typed),
  };
  const done = settled(await context.ask<Application>(`${pathOf(context)}/change`, asked));
  if ('body' in done) return shell.goTo(context.reply, pathOf(context));
  return send(shell, context, changePage(page, await applicationOf(context), typed, done.refusal), 400);
}

/** Keys in the form of the API: a text that is not JSON is passed unchanged, and refused there. */
export function keysIn({ jwks, jwksUri }: Pick<ChangeTyped, 'jwks' | 'jwksUri'>): Record<string, unknown> {
  return {
    ...(jwks.trim() !== '' && { jwks: formatted(jwks) }),
    ...(jwksUri.trim() !== '' && { jwks_uri: jwksUri.trim() }),
  };
}

const productionOf = async (context: RequestContext): Promise<Production> =>
  bodyOf(await context.ask<Production>(`${pathOf(context)}/production`));

async function askForProduction(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const { form } = context;
  const typed: ChecklistTyped = {
    ...{ profiles: form.get('profiles') ?? '', tests: form.get('tests') ?? '' },
    ...{ contacts: form.get('contacts') ?? '', redirects: form.get('redirect_uris') ?? '' },
  };
  const asked = {
    ...{ profiles: typed.profiles, tests: typed.tests, contacts: linesOf(typed.contacts) },
    ...(form.has('redirect_uris') && { redirect_uris: linesOf(typed.redirects) }),
  };
  const done = settled(await context.ask<NewApplication>(`${pathOf(context)}/production`, asked));
  if ('body' in done) return send(shell, context, madePage(page, done.body, shell.options), 201);
  const [application, production] = [await applicationOf(context), await productionOf(context)];
  return send(shell, context, productionPage(page, { application, production, typed }, done.refusal), 400);
}
