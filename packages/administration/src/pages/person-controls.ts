/** The fields of a person in the forms of the operators' pages, and as their page shows them. */
import type { Account } from '@dhp/accounts';
import { personFields, type PersonField } from '@dhp/accounts/fields';
import { markup, type Html } from '@dhp/web-kit';
import { bondMessages } from '../texts/bond.ts';
import { clientMessages } from '../texts/client.ts';
import { controls } from './field-controls.ts';
import type { OperatorPageOptions } from './frame.ts';

type Name = keyof typeof personFields;
const declared = Object.entries(personFields) as [Name, (typeof personFields)[Name]][];

/** @param account undefined: a new person, whose form includes the hints */
export function personControls(
  account: Account | undefined,
  form: URLSearchParams | undefined,
  { language }: OperatorPageOptions,
): Html {
  const [words, shared] = [bondMessages[language], clientMessages[language]];
  const shown = declared.map(([name, field], index) => {
    const { json, kind, isNeeded }: PersonField = field;
    const hint = account === undefined && 'hint' in field.page ? words[field.page.hint] : undefined;
    const asked = { form, ways: [], json, hint, isNeeded: isNeeded === true, now: account?.[name], words: shared };
    const control = controls[kind].show({ ...asked, label: words[field.page.label] });
    return index === 0
      ? control
      : markup`
${control}`;
  });
  return markup`${shown}`;
}

/** The members of the form, as input of the administration's acts. An empty text becomes null if the value is optional. */
export function personMembers(form: URLSearchParams): Record<string, unknown> {
  const given = declared.map(([, field]) => {
    const { json, kind, isNeeded }: PersonField = field;
    const value = controls[kind].read(form, json);
    return [json, value === '' && isNeeded !== true ? null : value] as const;
  });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** The facts beside the user name. */
export function personFacts(
  account: Account,
  { language }: OperatorPageOptions,
): (readonly [label: string, value: string])[] {
  const words = bondMessages[language];
  return declared.flatMap(([name, field]) => {
    if (field.page.card !== 'about') return [];
    const none = 'none' in field.page ? words[field.page.none] : '';
    return [[words[field.page.label], account[name] ?? none] as const];
  });
}
