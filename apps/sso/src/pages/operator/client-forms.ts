/** The questions before a client is registered, changed or anything else is done with it. */
import type { Client } from '../../clients/client.ts';
import { supportedGrants } from '../../clients/grants-and-scopes.ts';
import { markup, type Html } from '@dhp/web-kit';
import { addClientPath, pathOfClient, type Way } from './client-pages.ts';
import { clientActTexts, newClientTexts, type ClientAct } from './client-act-texts.ts';
import { clientTexts } from './client-texts.ts';
import { choice, facts, operatePath, type OperatorPageOptions } from './frame.ts';
import { area, check, checks, line, questionPage, type Question } from './question-page.ts';

const dangerous: ReadonlySet<ClientAct> = new Set(['disable', 'sign-out', 'drop-old-secret', 'rotate-secret']);

export function clientQuestion(
  act: ClientAct,
  client: Client,
  ways: readonly Way[],
  o: OperatorPageOptions,
  again: Question['again'],
): string {
  const words = clientTexts[o.language];
  const back = pathOfClient(client.clientId);
  const about = facts([
    ['client_id', markup`<code>${client.clientId}</code>`],
    [words.environment, words[client.environment]],
    act === 'approve' ? [words.may, markup`<code>${client.scopes.join(' ')}</code>`] : undefined,
  ]);
  const fields =
    act === 'change'
      ? changeFields(client, ways, o, again?.form)
      : act === 'rotate-secret'
        ? rotateFields(o, again?.form)
        : undefined;
  const question = { tab: 'clients', act: clientActTexts[o.language][act], name: client.name, about, back } as const;
  const where = { action: `${back}/${act}`, isDangerous: dangerous.has(act), hasFile: act === 'change' };
  return questionPage({ ...question, ...where, again, ...(fields && { fields }) }, o);
}

function changeFields(
  client: Client,
  ways: readonly Way[],
  o: OperatorPageOptions,
  form: URLSearchParams | undefined,
): Html {
  const words = clientTexts[o.language];
  const typed = (name: string, now: string): string => form?.get(name) ?? now;
  const { backchannelLogoutUri: told = '', signInMethods, logoSha256 } = client;
  const noLogo =
    logoSha256 === undefined ? markup`` : check('no_logo', words.noPicture, form?.get('no_logo') === 'yes');
  return markup`${line('client_name', words.name, typed('client_name', client.name), { needed: true, max: 200 })}
${pictureField(o)}${noLogo}
${area('scope', words.scopes, typed('scope', client.scopes.join('\n')), words.lines)}
${waysField(ways, form?.getAll('sign_in_methods') ?? signInMethods, o)}
${client.redirectUris.length === 0 ? markup`` : pkceField(form === undefined ? client.requirePkce : form.has('require_pkce'), o)}
${area('redirect_uris', words.redirects, typed('redirect_uris', client.redirectUris.join('\n')), words.lines)}
${area('post_logout_redirect_uris', words.postLogout, typed('post_logout_redirect_uris', client.postLogoutRedirectUris.join('\n')), words.lines)}
${line('backchannel_logout_uri', words.backchannel, typed('backchannel_logout_uri', told), { max: 2000 })}
${line('client_uri', words.client_uri, typed('client_uri', client.details.client_uri ?? ''), { max: 2000 })}
${line('logo_uri', words.logo_uri, typed('logo_uri', client.details.logo_uri ?? ''), { max: 2000 })}
${area('contacts', words.contacts, typed('contacts', client.details.contacts?.join('\n') ?? ''), words.contactsHint)}`;
}

/** A file: what is chosen again after a refusal, as browsers keep none. */
function pictureField(o: OperatorPageOptions): Html {
  const words = clientTexts[o.language];
  return markup`<label for="logo">${words.picture}</label><p class="hint" id="logo-hint">${words.pictureHint}</p>
<input id="logo" name="logo" type="file" accept="image/png,image/jpeg,image/webp" aria-describedby="logo-hint">`;
}

function pkceField(isChosen: boolean, o: OperatorPageOptions): Html {
  const words = clientTexts[o.language];
  return markup`${check('require_pkce', words.requirePkce, isChosen)}<p class="hint">${words.pkceHint}</p>`;
}

/** Field of the ways to sign in. The client's present ones are shown even if the server no longer offers one. */
function waysField(ways: readonly Way[], chosen: readonly string[], o: OperatorPageOptions): Html {
  const words = clientTexts[o.language];
  const others = chosen.filter((id) => !ways.some(([one]) => one === id)).map((id) => [id, id] as const);
  return checks('sign_in_methods', words.ways, [...ways, ...others], chosen, words.waysHint);
}

const kinds = ['secret', 'public', 'keys'] as const;

/** The question before a client is registered. */
export function newClientQuestion(ways: readonly Way[], o: OperatorPageOptions, again: Question['again']): string {
  const words = clientTexts[o.language];
  const form = again?.form;
  const typed = (name: string): string => form?.get(name) ?? '';
  const environments = (['playground', 'production'] as const).map((one) => [one, words[one]] as const);
  const grants = supportedGrants.map((grant) => [grant, words[grantWords[grant] ?? 'grants']] as const);
  const chosenGrants = form?.getAll('grant_types') ?? ['authorization_code'];
  const fields = markup`${line('client_name', words.name, typed('client_name'), { needed: true, max: 200 })}
${choice('environment', words.environment, environments, typed('environment'))}
${choice(
  'kind',
  words.kind,
  kinds.map((kind) => [kind, words[kind]] as const),
  typed('kind'),
)}
${checks('grant_types', words.grants, grants, chosenGrants)}
${area('scope', words.scopes, typed('scope'), words.lines)}
${area('redirect_uris', words.redirects, typed('redirect_uris'), words.redirectsHint)}
${line('jwks_uri', words.keySet, typed('jwks_uri'), { max: 2000 })}<p class="hint">${words.keySetHint}</p>
${waysField(ways, form?.getAll('sign_in_methods') ?? [], o)}
${pkceField(form?.has('require_pkce') === true, o)}
${pictureField(o)}
${area('contacts', words.contacts, typed('contacts'), words.contactsHint)}`;
  const where = { action: addClientPath, back: `${operatePath}/clients`, isDangerous: false, hasFile: true };
  const question = { tab: 'clients', act: newClientTexts[o.language].add, name: '', about: markup`` } as const;
  return questionPage({ ...question, ...where, again, fields }, o);
}

const grantWords: Readonly<Record<string, 'people' | 'system' | 'refresh' | 'device'>> = {
  authorization_code: 'people',
  client_credentials: 'system',
  refresh_token: 'refresh',
  'urn:ietf:params:oauth:grant-type:device_code': 'device',
};

function rotateFields(o: OperatorPageOptions, form: URLSearchParams | undefined): Html {
  const words = clientTexts[o.language];
  const checked = form === undefined || form.has('keep_old') ? markup` checked` : markup``;
  return markup`<label class="check"><input type="checkbox" name="keep_old" value="yes"${checked} aria-describedby="keep-hint"> ${words.keepOld}</label><p class="hint" id="keep-hint">${words.shortest}</p>`;
}
