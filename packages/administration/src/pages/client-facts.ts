/** The fields of a client as its page shows them. */
import type { Client } from '@dhp/clients';
import { type ClientField, clientFields } from '@dhp/clients/fields';
import type { FieldKind } from '@dhp/sso-kit/fields';
import { markup, type Html } from '@dhp/web-kit';
import { declaredFields, factLabelOf, membersOf } from './client-controls.ts';
import type { Way } from './field-controls.ts';
import type { OperatorPageOptions } from './frame.ts';
import { clientMessages } from '../texts/client.ts';
import { operatorMessages } from '../texts/operator.ts';

interface About {
  readonly client: Client;
  readonly ways: readonly Way[];
}
export type Fact = readonly [label: string, value: Html | string];

/** Fields whose value needs a special description. */
const ownFacts: ReadonlyMap<string, (about: About, o: OperatorPageOptions) => Fact> = new Map(
  Object.entries<(about: About, o: OperatorPageOptions) => Fact>({
    [clientFields.requirePkce.json]({ client }, o) {
      const words = clientMessages[o.language];
      return [words.pkce, client.public || client.requirePkce ? words.pkceDemanded : words.pkceByServer];
    },
    [clientFields.signInMethods.json]({ client, ways }, o) {
      const words = clientMessages[o.language];
      const named = (id: string): string => ways.find(([one]) => one === id)?.[1] ?? id;
      if (client.signInMethods.length === 0) return [words.ways, words.everyWay];
      return [words.ways, markup`${client.signInMethods.map((id) => markup`<span class="line">${named(id)}</span>`)}`];
    },
  }),
);

/** The facts of one card, in the order of the declaration. */
export function factsOf(card: 'registration' | 'addresses' | 'details', about: About, o: OperatorPageOptions): Fact[] {
  const { client } = about;
  const [members, words] = [membersOf(client), clientMessages[o.language]];
  return declaredFields.flatMap((field) => {
    const { json, kind, page, isOfKeys, isOfSignIn }: ClientField = field;
    if (page.card !== card) return [];
    // The sign-in settings are shown only if people sign in at the client.
    if ((isOfSignIn === true || json === clientFields.signInMethods.json) && client.redirectUris.length === 0)
      return [];
    const own = ownFacts.get(json);
    if (own !== undefined) return [own(about, o)];
    const value = members[json];
    const isNone = value === undefined || (Array.isArray(value) && value.length === 0);
    if (isNone && (card === 'details' || isOfKeys === true)) return [];
    return [[factLabelOf(field, words), isNone ? words.none : shown(kind, value, o)] as const];
  });
}

function shown(kind: FieldKind, value: unknown, o: OperatorPageOptions): Html | string {
  const code = (one: unknown): Html => markup`<code class="line">${String(one)}</code>`;
  switch (kind) {
    case 'flag':
      return value === true ? operatorMessages[o.language].yes : operatorMessages[o.language].no;
    case 'list':
      return markup`${(value as string[]).map(code)}`;
    case 'words':
      return markup`${String(value).split(' ').map(code)}`;
    case 'emails':
      return (value as string[]).join(', ');
    case 'keys':
      return markup`${(value as NonNullable<Client['jwks']>).keys.map(({ kty, kid }) => code([kty, kid].filter((part) => part !== undefined).join(' ')))}`;
    case 'text':
    case 'address':
    case 'email':
    case 'picture':
      return code(value);
  }
}
