/** The fields of a client in the forms of its pages: the control of each field, and reading its value from the form. */
import { shownFields, type Client } from '@dhp/clients';
import { type ClientField, clientDetails, clientFields, type FieldName, supportedGrants } from '@dhp/clients/fields';
import { markup, type Html } from '@dhp/web-kit';
import type { OperatorPageOptions } from './frame.ts';
import { controls, type Asking, type Control } from './field-controls.ts';
import { checks } from './question-page.ts';
import { clientMessages } from '../texts/client.ts';

type Declared = (typeof clientFields)[FieldName] | (typeof clientDetails)[keyof typeof clientDetails];
type Words = (typeof clientMessages)['en'];

export const declaredFields: readonly Declared[] = [...Object.values(clientFields), ...Object.values(clientDetails)];

/** The label of a field on the page of the client. A field without a label among the client texts does not compile. */
export function factLabelOf({ page }: Declared, words: Words): string {
  return words['fact' in page ? page.fact : page.label];
}

function hintOf({ page }: Declared, words: Words): string | undefined {
  return 'hint' in page ? words[page.hint] : undefined;
}

/** Fields that need a special control. */
const ownControls: ReadonlyMap<string, Control<Words>> = new Map(
  Object.entries<Control<Words>>({
    [clientFields.grants.json]: {
      show: ({ form, json, label, now, words }) =>
        checks(
          json,
          label,
          supportedGrants.map((grant) => [grant, words[grantWords.get(grant) ?? 'grants']] as const),
          form?.getAll(json) ?? (now as string[]),
        ),
      read: (form, json) => form.getAll(json),
    },
    /** Methods that the client has are shown even if the server no longer offers them. */
    [clientFields.signInMethods.json]: {
      show: ({ form, json, label, hint, now, ways }) => {
        const chosen = form?.getAll(json) ?? (now as string[] | undefined) ?? [];
        const others = chosen.filter((id) => !ways.some(([one]) => one === id)).map((id) => [id, id] as const);
        return checks(json, label, [...ways, ...others], chosen, hint);
      },
      read: (form, json) => form.getAll(json),
    },
  }),
);

const grantWords: ReadonlyMap<string, 'people' | 'system' | 'refresh' | 'device'> = new Map(
  Object.entries<'people' | 'system' | 'refresh' | 'device'>({
    authorization_code: 'people',
    client_credentials: 'system',
    refresh_token: 'refresh',
    'urn:ietf:params:oauth:grant-type:device_code': 'device',
  }),
);

/** The members of a client in their JSON form; those without a value are absent. */
export function membersOf(client: Client): Readonly<Record<string, unknown>> {
  return { ...shownFields(client), ...client.details };
}

/**
 * Keys can be changed only for a client that has keys, and the settings of an authorization request only if the client has redirect URIs.
 */
function changeable(client: Client): readonly Declared[] {
  return declaredFields.filter(
    ({ isOfKeys, isOfSignIn }: ClientField) =>
      (isOfKeys !== true || client.hasKeys) && (isOfSignIn !== true || client.redirectUris.length > 0),
  );
}

const askedOfNew = declaredFields.filter(({ page }: ClientField) => page.isAsked === true);
const controlOf = ({ json, kind }: ClientField): Control<Words> => ownControls.get(json) ?? controls[kind];

/** The controls of the fields that can be changed. */
export function changeControls(client: Client, asking: Asking, o: OperatorPageOptions): Html {
  return controlsOf(changeable(client), membersOf(client), asking, o);
}

/** The controls of the fields that a new client is requested. `before` is put before the others, behind the name. */
export function newControls(before: Html, asking: Asking, o: OperatorPageOptions): Html {
  const [name, ...others] = askedOfNew;
  const now = { [clientFields.grants.json]: ['authorization_code'] };
  return markup`${controlsOf([name!], {}, asking, o)}
${before}
${controlsOf(others, now, asking, o)}`;
}

function controlsOf(
  fields: readonly Declared[],
  members: Readonly<Record<string, unknown>>,
  asking: Asking,
  { language }: OperatorPageOptions,
): Html {
  const words = clientMessages[language];
  const shown = fields.map((field: Declared) => {
    const { json, isNeeded }: ClientField = field;
    const texts = { label: words[field.page.label], hint: hintOf(field, words) };
    return markup`${controlOf(field).show({ ...asking, ...texts, json, isNeeded: isNeeded === true, now: members[json], words })}
`;
  });
  return markup`${shown}`;
}

/** The members that the form changes, as input of the administration's act. An empty text removes an optional value. */
export function changedMembers(client: Client, form: URLSearchParams): Record<string, unknown> {
  const before = membersOf(client);
  const given = changeable(client).flatMap((field: ClientField) => {
    const { json, kind, isNeeded } = field;
    const value = controlOf(field).read(form, json);
    if (value === undefined) return [];
    if (kind !== 'picture' && isSame(before[json], value)) return [];
    return [[json, value === '' && isNeeded !== true ? null : value] as const];
  });
  return Object.fromEntries(given);
}

function isSame(before: unknown, after: unknown): boolean {
  const isNone = (value: unknown): boolean =>
    value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
  return (isNone(before) && isNone(after)) || JSON.stringify(before) === JSON.stringify(after);
}

/** The members of a new client. An empty address of keys is sent too: without it the client would get a secret. */
export function newMembers(form: URLSearchParams): Record<string, unknown> {
  const hasKeys = form.get('kind') === 'keys';
  const given = askedOfNew.flatMap((field: ClientField) => {
    const { json, isNeeded, isOfKeys } = field;
    if (isOfKeys === true && !hasKeys) return [];
    const value = controlOf(field).read(form, json);
    const isLeftOut = value === undefined || (value === '' && isNeeded !== true && isOfKeys !== true);
    return isLeftOut ? [] : [[json, value] as const];
  });
  return Object.fromEntries(given);
}
