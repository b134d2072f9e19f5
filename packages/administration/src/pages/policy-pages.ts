/** Permissions of each role as a table, and the page that changes them. */
import { identifierTypeOf, parseScope, trailRight } from '@dhp/smart-scopes';
import type { Policy } from '@dhp/accounts/policies';
import { policyFields, type PolicyField } from '@dhp/accounts/fields';
import { type EnvironmentName, time } from '@dhp/sso-kit';
import { markup, type Html } from '@dhp/web-kit';
import { resourceName } from '@dhp/sign-in/pages';
import { card, chip, choice, facts, operatePath, operatorPage, zoneName, type OperatorPageOptions } from './frame.ts';
import { type PolicyAct } from './policy-texts.ts';
import { controls } from './field-controls.ts';
import { line, questionPage, type Question } from './question-page.ts';
import { clientMessages } from '../texts/client.ts';
import { operatorMessages } from '../texts/operator.ts';
import { policyMessages } from '../texts/policy.ts';
import { policyActMessages } from '../texts/policy-act.ts';

const policiesPath = `${operatePath}/policies`;
const letters = ['c', 'r', 'u', 'd', 's'] as const;

export interface PolicyShown extends Policy {
  /** How many people have the role, counted to a thousand. */
  holders: number;
}

export function policiesPage(policies: readonly PolicyShown[], o: OperatorPageOptions): string {
  const [text, words] = [operatorMessages[o.language], policyMessages[o.language]];
  const cards = policies.map((policy) => ofRole(policy, o));
  const shown =
    cards.length === 0 ? markup`<p class="quiet empty">${words.none}</p>` : markup`<div class="cards">${cards}</div>`;
  const content = markup`<div class="head-line"><h2>${text.tabs.policies}</h2><a class="button" href="${policiesPath}/add">${policyActMessages[o.language].add.label}</a></div>
<p class="quiet lead">${words.lead}</p>${shown}
<div class="pages"><p>${text.times({ zone: zoneName(o) })}</p></div>`;
  return operatorPage('policies', o, { title: text.tabs.policies, content });
}

function ofRole(policy: PolicyShown, o: OperatorPageOptions): Html {
  const words = policyMessages[o.language];
  const acts = policyActMessages[o.language];
  const path = `${policiesPath}/${policy.environment}/${policy.role}`;
  const count = policy.holders > 999 ? '1000+' : String(policy.holders);
  const environment = clientMessages[o.language][policy.environment];
  const content = markup`<p class="chips">${chip(environment, policy.environment === 'production' ? '' : 'plain-chip')}<span class="small quiet">${words.holders({ count })}</span>${policy.delegated ? chip(words.delegated) : markup``}</p>
<div class="scroll" tabindex="0" role="group" aria-label="${policy.role}">${matrix(policy.scopes, o)}</div>
<p class="small quiet">${words.changed} ${time(policy.updated, o)} · ${policy.updatedBy}</p>
<div class="actions"><a class="button other" href="${path}/set">${acts.set.label}</a><a class="button danger" href="${path}/remove">${acts.remove.label}</a></div>`;
  return card(policy.role, content, 'half');
}

/** A line for each scope, a dot for each thing that it permits. */
function matrix(scopes: readonly string[], o: OperatorPageOptions): Html {
  const words = policyMessages[o.language];
  const rows = scopes.map((token) => {
    const identified = identifierTypeOf(token);
    if (identified !== undefined) return ofIdentifiers(identified, o);
    if (token === trailRight) return ofTrail(o);
    const scope = parseScope(token);
    if (scope === undefined) return markup`<tr><th scope="row" colspan="6"><code>${token}</code></th></tr>`;
    const dots = letters.map((letter) =>
      scope.permissions.has(letter)
        ? markup`<td class="dot"><span class="is" role="img" aria-label="${words[letter]}"></span></td>`
        : markup`<td class="dot"></td>`,
    );
    const name = scope.type === '*' ? '*' : resourceName(scope.type, o.language);
    const only =
      scope.query === undefined
        ? markup``
        : markup`<small>${words.narrowed} <code>${decodeURIComponent(scope.query)}</code></small>`;
    return markup`<tr><th scope="row">${name}${only}</th>${dots}</tr>`;
  });
  const heads = letters.map((letter) => markup`<th scope="col" class="dot"><span>${words[letter]}</span></th>`);
  return markup`<table class="matrix"><thead><tr><th scope="col">${words.what}</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}

/** Row for the permission to write national identifiers of one type, or of all types that have them. */
function ofIdentifiers(type: string, o: OperatorPageOptions): Html {
  const name = type === '*' ? '*' : resourceName(type, o.language);
  return markup`<tr><th scope="row" colspan="6">${name}<small>${policyMessages[o.language].identifiers}</small></th></tr>`;
}

/** Row for the right to read the trail of requests. */
function ofTrail(o: OperatorPageOptions): Html {
  const name = resourceName('AuditEvent', o.language);
  return markup`<tr><th scope="row" colspan="6">${name}<small>${policyMessages[o.language].trail}</small></th></tr>`;
}

export interface PolicyAsked {
  act: PolicyAct;
  /** Absent for a new role. */
  policy?: Policy;
}

export function policyQuestion({ act, policy }: PolicyAsked, o: OperatorPageOptions, again: Question['again']): string {
  const words = policyMessages[o.language];
  const path = policy === undefined ? policiesPath : `${policiesPath}/${policy.environment}/${policy.role}`;
  const about =
    policy === undefined
      ? markup``
      : facts([
          [words.role, markup`<code>${policy.role}</code>`],
          [clientMessages[o.language].environment, clientMessages[o.language][policy.environment]],
        ]);
  const fields = act === 'remove' ? undefined : fieldsOf(act, policy, o, again?.form);
  const question = {
    tab: 'policies',
    act: policyActMessages[o.language][act],
    name: policy?.role ?? '',
    about,
  } as const;
  const where = { action: `${path}/${act}`, back: policiesPath, isDangerous: act === 'remove' };
  return questionPage({ ...question, ...where, again, ...(fields && { fields }) }, o);
}

function fieldsOf(
  act: PolicyAct,
  policy: Policy | undefined,
  o: OperatorPageOptions,
  form: URLSearchParams | undefined,
): Html {
  const [words, clients] = [policyMessages[o.language], clientMessages[o.language]];
  const environments = (['playground', 'production'] as const).map((one) => [one, clients[one]] as const);
  const chosen: EnvironmentName = form?.get('environment') === 'production' ? 'production' : 'playground';
  const which =
    act === 'add'
      ? markup`${choice('environment', clients.environment, environments, chosen)}
${line('role', words.role, form?.get('role') ?? '', { needed: true, max: 64 })}<p class="hint">${words.roleHint}</p>`
      : markup``;
  const asked = { form, ways: [], isNeeded: false, words: clients };
  const controlsShown = askedOf(policy?.role).map(([name, field]) => {
    const hint = 'hint' in field.page ? words[field.page.hint] : undefined;
    const shown = { ...asked, json: field.json, label: words[field.page.label], hint, now: policy?.[name] };
    return controls[field.kind].show(shown);
  });
  return markup`${which}${controlsShown}`;
}

type Name = keyof typeof policyFields;

/** The fields that a role may have; every field for a new role. */
function askedOf(role: string | undefined): [Name, (typeof policyFields)[Name]][] {
  const all = Object.entries(policyFields) as [Name, (typeof policyFields)[Name]][];
  return all.filter(([, field]) => role === undefined || (field as PolicyField).isNotOf?.(role) !== true);
}

/** The members of the form, as input of the administration's act. */
export function policyMembers(role: string | undefined, form: URLSearchParams): Record<string, unknown> {
  const given = askedOf(role).map(([, { json, kind }]) => [json, controls[kind].read(form, json)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
