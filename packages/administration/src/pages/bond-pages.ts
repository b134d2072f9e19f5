/** The questions before a link of a person is added or removed. */
import type { Account } from '@dhp/accounts';
import { languageNames, languages } from '@dhp/negotiation';
import { markup, type Html } from '@dhp/web-kit';
import { type BondAct } from './bond-texts.ts';
import { choice, facts, operatePath, type OperatorPageOptions } from './frame.ts';
import { idOf, nameOf } from './organization-words.ts';
import { personControls } from './person-controls.ts';
import { area, check, line, questionPage, type Question } from './question-page.ts';
import type { RoleShown } from './user-cards.ts';
import { addPersonPath, pathOfUser } from './user-pages.ts';
import { bondMessages } from '../texts/bond.ts';
import { bondActMessages } from '../texts/bond-act.ts';
import { clientMessages } from '../texts/client.ts';
import { newPersonMessages } from '../texts/new-person.ts';
import { operatorMessages } from '../texts/operator.ts';

export interface BondAsked {
  act: BondAct;
  account: Account;
  /** The role to revoke. */
  role?: RoleShown;
  /** Name of the organisation of the role. */
  name?: string | undefined;
  /** The identity system to be unlinked. */
  upstream?: string;
}

export function bondQuestion(asked: BondAsked, o: OperatorPageOptions, again: Question['again']): string {
  const { act, account, role, name, upstream } = asked;
  const [text, words] = [operatorMessages[o.language], bondMessages[o.language]];
  const back = pathOfUser(account.accountId);
  const about = facts([
    [text.username, account.username],
    role === undefined
      ? undefined
      : [words.role, markup`${role.role}, ${role.environment}: ${nameOf({ ...role, name })}${idOf({ ...role, name })}`],
    upstream === undefined ? undefined : [words.links, upstream],
  ]);
  const which = new URLSearchParams({ ...(role && { ...role }), ...(upstream === undefined ? {} : { upstream }) });
  const query = which.size === 0 ? '' : `?${which.toString()}`;
  const fields =
    act === 'change'
      ? changeFields(account, o, again?.form)
      : act === 'give-role'
        ? roleFields(o, again?.form)
        : undefined;
  const question = { tab: 'users', act: bondActMessages[o.language][act], name: account.name, about, back } as const;
  const isDangerous = act === 'take-role' || act === 'unlink';
  const action = `${back}/${act}${query}`;
  return questionPage({ ...question, action, isDangerous, again, ...(fields && { fields }) }, o);
}

function changeFields(account: Account, o: OperatorPageOptions, form: URLSearchParams | undefined): Html {
  const words = bondMessages[o.language];
  const records = account.identities.map(({ environment, type, fhir_id: id }) => `${environment} ${type}/${id}`);
  return markup`${personControls(account, form, o)}
${area('records', words.records, form?.get('records') ?? records.join('\n'), words.recordsHint)}
${account.identities.some(({ type }) => type === 'RelatedPerson') ? tieAgain(o, form) : markup``}`;
}

/** Never ticked in advance: a change of the name must not silently accept the person whom the RelatedPerson now names. */
function tieAgain(o: OperatorPageOptions, form: URLSearchParams | undefined): Html {
  const words = bondMessages[o.language];
  return markup`${check('tie-again', words.tieAgain, form?.has('tie-again') === true)}
<p class="hint">${words.tieAgainHint}</p>`;
}

function roleFields(o: OperatorPageOptions, form: URLSearchParams | undefined): Html {
  const [words, clients] = [bondMessages[o.language], clientMessages[o.language]];
  const environments = (['playground', 'production'] as const).map((one) => [one, clients[one]] as const);
  return markup`${choice('environment', clients.environment, environments, form?.get('environment') ?? 'playground')}
${line('role', words.role, form?.get('role') ?? '', { needed: true, max: 64 })}<p class="hint">${words.roleHint}</p>
${line('organization', words.organization, form?.get('organization') ?? '', { needed: true, max: 64 })}`;
}

/** The question before a person is registered. */
export function newPersonQuestion(o: OperatorPageOptions, again: Question['again']): string {
  const [text, words] = [operatorMessages[o.language], bondMessages[o.language]];
  const typed = (name: string): string => again?.form.get(name) ?? '';
  const ways = [['invite', words.invitation] as const, ['password', words.madePassword] as const];
  const named = languages.map((one) => [one, languageNames[one]] as const);
  const fields = markup`${line('username', text.username, typed('username'), { needed: true, max: 100 })}
${personControls(undefined, again?.form, o)}
${choice('way', words.way, ways, typed('way'))}
${choice('language', words.mailLanguage, named, again === undefined ? o.language : typed('language'))}
${area('records', words.records, typed('records'), words.recordsHint)}`;
  const where = { action: addPersonPath, back: `${operatePath}/users`, isDangerous: false };
  const question = { tab: 'users', act: newPersonMessages[o.language].add, name: '', about: markup`` } as const;
  return questionPage({ ...question, ...where, again, fields }, o);
}
