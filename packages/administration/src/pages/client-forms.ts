/** The questions before a client is registered, changed or otherwise acted on. */
import type { Client } from '@dhp/clients';
import { markup, type Html } from '@dhp/web-kit';
import { changeControls, newControls } from './client-controls.ts';
import { factsOf, type Fact } from './client-facts.ts';
import type { Way } from './field-controls.ts';
import { addClientPath, pathOfClient } from './client-pages.ts';
import { type ClientAct } from './client-act-texts.ts';
import { choice, facts, operatePath, type OperatorPageOptions } from './frame.ts';
import { questionPage, type Question } from './question-page.ts';
import { clientMessages } from '../texts/client.ts';
import { clientActMessages } from '../texts/client-act.ts';
import { newClientMessages } from '../texts/new-client.ts';

const dangerous: ReadonlySet<ClientAct> = new Set(['disable', 'sign-out', 'drop-old-secret', 'rotate-secret']);

export function clientQuestion(
  act: ClientAct,
  client: Client,
  ways: readonly Way[],
  o: OperatorPageOptions,
  again: Question['again'],
): string {
  const words = clientMessages[o.language];
  const back = pathOfClient(client.clientId);
  const about = facts([
    ['client_id', markup`<code>${client.clientId}</code>`],
    [words.environment, words[client.environment]],
    ...(act === 'approve' ? approved(client, ways, o) : []),
  ]);
  const fields =
    act === 'change'
      ? changeControls(client, { form: again?.form, ways }, o)
      : act === 'rotate-secret'
        ? rotateFields(o, again?.form)
        : act === 'approve'
          ? markup`<input type="hidden" name="unchanged_since" value="${client.updated.toISOString()}">`
          : undefined;
  const question = { tab: 'clients', act: clientActMessages[o.language][act], name: client.name, about, back } as const;
  const where = { action: `${back}/${act}`, isDangerous: dangerous.has(act), hasFile: act === 'change' };
  return questionPage({ ...question, ...where, again, ...(fields && { fields }) }, o);
}

/** Everything that the approval covers, in its current state. */
function approved(client: Client, ways: readonly Way[], o: OperatorPageOptions): Fact[] {
  const about = { client, ways };
  return [
    [clientMessages[o.language].may, markup`<code>${client.scopes.join(' ')}</code>`],
    ...factsOf('registration', about, o),
    ...factsOf('addresses', about, o),
  ];
}

const kinds = ['secret', 'public', 'keys'] as const;

/** The question before a client is registered. */
export function newClientQuestion(ways: readonly Way[], o: OperatorPageOptions, again: Question['again']): string {
  const words = clientMessages[o.language];
  const form = again?.form;
  const typed = (name: string): string => form?.get(name) ?? '';
  const environments = (['playground', 'production'] as const).map((one) => [one, words[one]] as const);
  const ofKind = kinds.map((kind) => [kind, words[kind]] as const);
  const place = markup`${choice('environment', words.environment, environments, typed('environment'))}
${choice('kind', words.kind, ofKind, typed('kind'))}`;
  const fields = newControls(place, { form, ways }, o);
  const where = { action: addClientPath, back: `${operatePath}/clients`, isDangerous: false, hasFile: true };
  const question = { tab: 'clients', act: newClientMessages[o.language].add, name: '', about: markup`` } as const;
  return questionPage({ ...question, ...where, again, fields }, o);
}

function rotateFields(o: OperatorPageOptions, form: URLSearchParams | undefined): Html {
  const words = clientMessages[o.language];
  const checked = form === undefined || form.has('keep_old') ? markup` checked` : markup``;
  return markup`<label class="check"><input type="checkbox" name="keep_old" value="yes"${checked} aria-describedby="keep-hint"> ${words.keepOld}</label><p class="hint" id="keep-hint">${words.shortest}</p>`;
}
