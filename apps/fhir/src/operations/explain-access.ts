/** `$explain-access`: why something may be seen or not, for the caller in words, for the data protection officer in full. docs/access.md */
import { chooseLanguage, type Language } from '@dhp/negotiation';
import { parseScope } from '@dhp/smart-scopes';
import { explained, type AskedAccess } from '../access/explain-access.ts';
import { factorsBy, readRules } from '../access/read-rules.ts';
import { mayReadTrail } from '../access/trail-right.ts';
import type { Access } from '../contract/access.ts';
import type { Answer } from '../contract/answer.ts';
import { headerOf, type Call, type Services } from '../contract/interaction.ts';
import { fail, Failure } from '../http/errors.ts';
import { json } from '../http/respond.ts';
import { explanationMessages } from '../texts/explanation.ts';
import { invalid } from './input.ts';
import type { Input, Operation, OperationParameter } from './operation.ts';

interface Part {
  readonly name: string;
  readonly valueBoolean?: boolean;
  readonly valueCode?: string;
  readonly valueString?: string;
  readonly part?: readonly Part[];
}

const permissions = { read: 'r', search: 's' } as const;

/**
 * About the caller itself or, if a client is named, about that one. Fails with `scope-insufficient` if the caller may not ask about others.
 */
async function explainAccess(services: Services, call: Call, input: Input): Promise<Answer> {
  const asked = textIn(input, 'interaction') ?? 'read';
  if (asked !== 'read' && asked !== 'search')
    invalid('interaction', `interaction is read or search, not ${JSON.stringify(asked.slice(0, 100))}.`);
  const permission = permissions[asked];
  const language = chooseLanguage(headerOf(call, 'accept-language'), services.defaultLanguage);
  const isOwn = ofAnother.every((name) => !input.has(name));
  const parameter = isOwn
    ? await aboutCaller(services, call, permission, language)
    : await aboutAnother(services, call, { permission, grant: grantIn(services, call.access!, input) });
  const headers = { 'cache-control': 'private, no-cache', 'content-language': language, vary: 'Accept-Language' };
  return json(JSON.stringify({ resourceType: 'Parameters', parameter }), headers);
}

type Permission = (typeof permissions)[keyof typeof permissions];

/** The same sentences for a hidden and for a missing resource: nothing is disclosed beyond the result of a read. */
async function aboutCaller(
  services: Services,
  call: Call,
  permission: Permission,
  language: Language,
): Promise<Part[]> {
  const { access, type, id } = call;
  const messages = explanationMessages[language];
  const factors = factorsBy(readRules, services, access!).map(({ name, rules }) => {
    const rule = rules(permission, type);
    const says = rule === true ? 'leaves' : rule === false ? 'refuses' : 'may-hide';
    return { name, says } as const;
  });
  const isRefused = factors.some(({ says }) => says === 'refuses');
  const isShown = !isRefused && (await isSeen(services, permission, type, id));
  const text = messages[isShown ? 'permitted' : isRefused ? 'refused' : 'absent']({ type });
  const isPart = services.partly?.hidesIn(type) === true ? [messages['part-hidden']({ type })] : [];
  return [
    { name: 'permitted', valueBoolean: isShown },
    { name: 'text', valueString: [text, ...isPart].join(' ') },
    ...factors.map(({ name, says }) => ({
      name: 'factor',
      part: [
        { name: 'name', valueCode: name },
        { name: 'says', valueCode: says },
        { name: 'text', valueString: factorText(name, says, type, language) },
      ],
    })),
  ];
}

async function isSeen(services: Services, permission: Permission, type: string, id: string): Promise<boolean> {
  try {
    const version = await services.reading(permission).store.read(type, id);
    return version !== undefined && !version.deleted;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

function factorText(factor: string, says: 'leaves' | 'refuses' | 'may-hide', type: string, language: Language): string {
  const messages = explanationMessages[language];
  if (says === 'leaves') return messages.leaves({ type });
  const refuses = says === 'refuses';
  if (factor === 'scopes') return messages[refuses ? 'scopes-refuse' : 'scopes-narrow']({ type });
  if (factor === 'access-policies') return messages[refuses ? 'policies-refuse' : 'policies-narrow']({ type });
  if (factor === 'consent') return messages['consents-narrow']({ type });
  if (factor === 'care' && !refuses) return messages['care-narrows']({ type });
  return messages[refuses ? 'other-refuses' : 'other-narrows']({ type, factor });
}

/** Everything: the stored resource, the deciding factor and policy rules, and the hidden elements. */
async function aboutAnother(
  services: Services,
  { type, id, recording, budget }: Call,
  asked: Pick<AskedAccess, 'permission' | 'grant'>,
): Promise<Part[]> {
  const { explained: told, version } = await explained(services, {
    ...{ ...asked, type, id },
    paying: { budget, costs: services.costs },
  });
  if (version !== undefined && !version.deleted) recording?.shows?.(version);
  const strings = (name: string, values: readonly string[] = []): Part[] =>
    values.map((valueString) => ({ name, valueString }));
  return [
    { name: 'permitted', valueBoolean: told.permitted === true && version?.deleted === false },
    { name: 'stored', valueCode: version === undefined ? 'never' : version.deleted ? 'deleted' : 'yes' },
    ...told.factors.map(({ factor, says }) => ({
      name: 'factor',
      part: [
        { name: 'name', valueCode: factor },
        { name: 'says', valueCode: says },
      ],
    })),
    ...strings('policy-rule', [...new Set([...(told.policies?.rules ?? []), ...(told.limits?.rules ?? [])])]),
    ...strings('hidden-element', told.limits?.hidden),
    ...strings('read-only-element', told.limits?.readOnly),
  ];
}

/** Claims of the token of another client. */
const ofAnother = ['client', 'subject', 'scope', 'person', 'patient', 'organization', 'role', 'role-scope'] as const;

function textIn(input: Input, name: string): string | undefined {
  return input.get(name)?.[0] as string | undefined;
}

function grantIn(services: Services, access: Access, input: Input): AskedAccess['grant'] {
  const scope = 'dhp.audit';
  if (!mayReadTrail(services, access))
    fail('scope-insufficient', { scope }, { diagnostics: `To ask about another client needs ${scope}.`, scope });
  const clientId = textIn(input, 'client');
  if (clientId === undefined) invalid('client', 'client is the id of the client that is asked about.');
  const roles = (input.get('role') ?? []).map((given) => {
    const [role = '', organization = '', ...more] = String(given).split(' ');
    if (organization === '' || more.length > 0) invalid('role', 'role is such as "family-doctor Organization/7".');
    return { role, organization };
  });
  const own = textIn(input, 'organization');
  return {
    clientId,
    subject: textIn(input, 'subject') ?? '',
    scope: textIn(input, 'scope') ?? '',
    patient: textIn(input, 'patient'),
    fhirUser: textIn(input, 'person'),
    policies: input.has('role-scope')
      ? input.get('role-scope')!.flatMap((text) => parseScope(String(text)) ?? [])
      : undefined,
    positions: own === undefined ? roles : [...roles, { organization: own }],
    ...{ patientByRoles: false, trustsHealthWorkers: false },
  };
}

const about = (name: string, documentation: string, max: '1' | '*' = '1'): OperationParameter => ({
  ...{ name, use: 'in', min: 0, max, type: 'string', documentation },
});

export const explainAccessOperation: Operation = {
  id: 'Resource-explain-access',
  code: 'explain-access',
  isOwn: true,
  title: 'Why a resource may be seen, or not',
  description:
    'For the caller in words, in Uzbek, Russian or English: which rules permit it, refuse the type, or may hide the resource. The answer is the ' +
    'same whether the resource is hidden or not there. Who has the scope dhp.audit names another client, with the claims of its token, and is ' +
    'told everything: what is stored, which factor and which rules decide, and which elements are hidden. Asking is recorded.',
  affectsState: false,
  levels: ['instance'],
  types: 'Resource',
  permission: 'own',
  parameters: [
    {
      ...{ name: 'interaction', use: 'in', min: 0, max: '1', type: 'code' },
      documentation: 'read, which is what is asked without it, or search.',
    },
    about(
      'client',
      'The client that is asked about; without it and the parameters below the caller. It needs dhp.audit.',
    ),
    about('subject', 'The account of the person, `sub` of the token.'),
    about('scope', 'The scopes of its token, between spaces.'),
    about('person', 'The record of the person, such as Practitioner/2.'),
    about('patient', 'The id of the Patient of the token.'),
    about('organization', 'The organisation for which the client acts, such as Organization/7.'),
    about('role', 'A role of the person and its organisation: "family-doctor Organization/7".', '*'),
    about('role-scope', 'What a role of the person permits, as a scope: user/Observation.rs.', '*'),
    {
      ...{ name: 'return', use: 'out', min: 1, max: '1', type: 'Parameters' },
      documentation:
        'permitted, text, and each factor with what it says: leaves, refuses, may-hide; for dhp.audit also stored, policy-rule, hidden-element, read-only-element.',
    },
  ],
  run: explainAccess,
};
