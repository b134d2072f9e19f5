/** Routes of one application: another secret, a change, production. */
import type { FastifyReply } from 'fastify';
import type { Page } from '../page/layout.ts';
import type { Visit } from '../session/routes.ts';
import type { Shell } from '../shell.ts';
import { applicationOf, bodyOf, formatted, linesOf, partOf, send, settled, type Routes } from './answers.ts';
import { changePage, secretPage, secretQuestionPage, type ChangeTyped } from './change-pages.ts';
import { productionPage, type ChecklistTyped } from './production-page.ts';
import type { Application, NewApplication, Production } from './shapes.ts';
import { madePage } from './wizard.ts';

export function addApplicationRoutes(shell: Shell, { show, take }: Routes): void {
  show('/:client/secret', async (visit, page) =>
    send(shell, visit, secretQuestionPage(page, await applicationOf(visit))),
  );
  take('/:client/secret', (visit, page) => changeSecrets(shell, visit, page));
  show('/:client/change', async (visit, page) => {
    const application = await applicationOf(visit);
    return send(shell, visit, changePage(page, application, typedBefore(application)));
  });
  take('/:client/change', (visit, page) => change(shell, visit, page));
  show('/:client/production', async (visit, page) => {
    const application = await applicationOf(visit);
    const typed = { profiles: '', tests: '', contacts: '', redirects: application.redirect_uris.join('\n') };
    return send(shell, visit, productionPage(page, { application, production: await productionOf(visit), typed }));
  });
  take('/:client/production', (visit, page) => askForProduction(shell, visit, page));
}

const pathOf = (visit: Visit): string => `/applications/${encodeURIComponent(partOf(visit, 'client'))}`;

async function changeSecrets(shell: Shell, visit: Visit, page: Page): Promise<FastifyReply> {
  const isSecond = visit.form.get('act') === 'second';
  const act = isSecond ? 'rotate-secret' : 'drop-old-secret';
  const done = settled(await visit.ask<NewApplication>(`${pathOf(visit)}/${act}`, {}));
  if ('refusal' in done)
    return send(shell, visit, secretQuestionPage(page, await applicationOf(visit), done.refusal), 409);
  return isSecond ? send(shell, visit, secretPage(page, done.body)) : shell.goTo(visit.reply, pathOf(visit));
}

const typedBefore = ({
  client_name: name,
  redirect_uris: redirects,
  initiate_login_uri: launchAddress,
}: Application): ChangeTyped => ({
  ...{ name, redirects: redirects.join('\n'), jwks: '', jwksUri: '', launchAddress: launchAddress ?? '' },
});

async function change(shell: Shell, visit: Visit, page: Page): Promise<FastifyReply> {
  const { form } = visit;
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
  const done = settled(await visit.ask<Application>(`${pathOf(visit)}/change`, asked));
  if ('body' in done) return shell.goTo(visit.reply, pathOf(visit));
  return send(shell, visit, changePage(page, await applicationOf(visit), typed, done.refusal), 400);
}

/** Keys as the API takes them: what is no JSON goes as it is, to be refused there. */
export function keysIn({ jwks, jwksUri }: Pick<ChangeTyped, 'jwks' | 'jwksUri'>): Record<string, unknown> {
  return {
    ...(jwks.trim() !== '' && { jwks: formatted(jwks) }),
    ...(jwksUri.trim() !== '' && { jwks_uri: jwksUri.trim() }),
  };
}

const productionOf = async (visit: Visit): Promise<Production> =>
  bodyOf(await visit.ask<Production>(`${pathOf(visit)}/production`));

async function askForProduction(shell: Shell, visit: Visit, page: Page): Promise<FastifyReply> {
  const { form } = visit;
  const typed: ChecklistTyped = {
    ...{ profiles: form.get('profiles') ?? '', tests: form.get('tests') ?? '' },
    ...{ contacts: form.get('contacts') ?? '', redirects: form.get('redirect_uris') ?? '' },
  };
  const asked = {
    ...{ profiles: typed.profiles, tests: typed.tests, contacts: linesOf(typed.contacts) },
    ...(form.has('redirect_uris') && { redirect_uris: linesOf(typed.redirects) }),
  };
  const done = settled(await visit.ask<NewApplication>(`${pathOf(visit)}/production`, asked));
  if ('body' in done) return send(shell, visit, madePage(page, done.body, shell.options), 201);
  const [application, production] = [await applicationOf(visit), await productionOf(visit)];
  return send(shell, visit, productionPage(page, { application, production, typed }, done.refusal), 400);
}
