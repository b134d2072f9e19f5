/**
 * Common setup of the tests of a client's fields: a server, a value of every declared field, and the doors of the administration, of
 * registration and of the operators' pages.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openRegistrationTokens } from '@dhp/clients/registration';
import { clientDetails, clientFields, type ClientField } from '@dhp/clients/fields';
import type { Browser } from '../apps/sso/test/browser.ts';
import { operateBed, reason, type OperateBed } from '../apps/sso/test/operate-bed.ts';
import { newClient, postForm } from '../apps/sso/test/support.ts';

export type Members = Record<string, unknown>;

export interface Declared {
  readonly field: ClientField;
  readonly json: string;
  /** A value in JSON, the value of its option, and the corresponding value in the row. */
  readonly given: unknown;
  readonly shell: string | true;
  readonly stored: unknown;
  /** The value as it is in the row of the client. */
  readonly inRow: (row: Members) => unknown;
}

export interface ClientBed {
  readonly bed: OperateBed['bed'];
  readonly url: string;
  /** The client's own host: keys are fetched from it. */
  readonly home: string;
  readonly declared: readonly Declared[];
  readonly jwks: { keys: Members[] };
  /** A registration to which a field is added. */
  readonly base: Members & { readonly redirect_uris: readonly string[] };
  /** Another key set or address of one, for a client that already has keys. */
  readonly otherKeys: (json: string) => Members;
  /** An act of the administration. */
  readonly administer: (method: string, path: string, body?: object) => Promise<{ status: number; text: string }>;
  readonly send: (method: string, path: string, token: string, body?: object) => Promise<Response>;
  readonly registrationToken: () => Promise<string>;
  readonly rowOf: (id: string) => Promise<Members>;
  /** An administrator at a browser without scripts. */
  readonly operator: () => Promise<Browser>;
}

export const idOf = (client: Members): string => String(client['client_id']);

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Call it at the top level of the file. */
export async function clientBed(): Promise<ClientBed> {
  const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
  const jwks = { keys: [{ kid: 'k1', ...publicKey }] };
  const folder = await mkdtemp(join(tmpdir(), 'dhp-client-fields-'));
  await writeFile(join(folder, 'keys.json'), JSON.stringify(jwks));
  await writeFile(join(folder, 'logo.png'), Buffer.from(png, 'base64'));
  const host = createServer((_request, response) => response.end(JSON.stringify(jwks)));
  await new Promise<void>((listening) => host.listen(0, '127.0.0.1', listening));
  const home = `http://127.0.0.1:${String((host.address() as AddressInfo).port)}`;
  after(async () => {
    host.close();
    await rm(folder, { recursive: true, force: true });
  });

  const limits = { perClient: 100_000, perAddress: 100_000 };
  const { bed, chromium, withoutScripts } = await operateBed({ allowedHosts: [home.slice('http://'.length)], limits });
  const url = chromium.issuer;

  function declaredOf(field: ClientField, inRow: Declared['inRow']): Declared {
    const given = valueOf(field);
    const stored = field.kind === 'words' ? String(given).split(' ') : given;
    return { field, json: field.json, given, shell: shellValueOf(field, given), stored, inRow };
  }

  /** A value of the kind, if the field declares no example. */
  function valueOf({ kind, json, example }: ClientField): unknown {
    const address = `${home}/${json}`;
    const usual: Record<ClientField['kind'], unknown> = {
      ...{ text: 'Some text', words: 'one two', list: [address], emails: ['a@example.uz'], flag: true, address },
      email: 'a@example.uz',
      ...{ keys: jwks, picture: `data:image/png;base64,${png}` },
    };
    return example ?? usual[kind];
  }

  function shellValueOf({ kind }: ClientField, given: unknown): string | true {
    if (kind === 'flag') return true;
    if (kind === 'keys') return join(folder, 'keys.json');
    return kind === 'picture' ? join(folder, 'logo.png') : Array.isArray(given) ? given.join(' ') : String(given);
  }

  const declared = [
    ...Object.entries(clientFields).map(([name, field]) => declaredOf(field, (row) => row[columnOf(name)])),
    ...Object.values(clientDetails).map((field) =>
      declaredOf(field, ({ details }) => (details as Members)[field.json]),
    ),
  ];
  const base = {
    ...{ client_name: 'Fields', scope: 'openid user/*.rs', grant_types: ['authorization_code'] },
    redirect_uris: ['https://b.example.uz/cb'],
  };
  const scopes = ['admin/clients.read', 'admin/clients.write'];
  const admin = await newClient(bed.clients, { scopes });
  const granted = await postForm(`${url}/oauth/token`, { ...admin.form, scope: scopes.join(' ') });
  const bearer = String(granted.body['access_token']);

  const send: ClientBed['send'] = (method, path, token, body) =>
    fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  return {
    ...{ bed, url, home, declared, jwks, base, send },
    otherKeys: (json) =>
      json === 'jwks' ? { jwks_uri: `${home}/before` } : { jwks: { keys: [{ ...jwks.keys[0], kid: 'before' }] } },
    async administer(method, path, body) {
      const response = await send(method, `/admin${path}`, bearer, body && { ...body, reason });
      return { status: response.status, text: await response.text() };
    },
    async registrationToken() {
      const tokens = openRegistrationTokens(bed.sql, { actor: 'cli:tester' });
      const limit = base.scope.split(' ');
      return (await tokens.create({ name: 'Software house', environment: 'playground', scopes: limit, maxUses: 1000 }))
        .secret;
    },
    async rowOf(id) {
      const [row] = await bed.sql<Members[]>`select * from sso.client where client_id = ${id}`;
      return row!;
    },
    operator: async () => (await withoutScripts('operator')).browser,
  };
}

const columnOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The controls of a page's form as a browser would submit them: those selected or filled in. */
export function formOf(html: string): URLSearchParams {
  const unescaped = (text: string): string =>
    text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
  const attribute = (tag: string, name: string): string | undefined => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
  const form = new URLSearchParams();
  const [, main = ''] = /<form method="post"([^]*)<\/form>/.exec(html) ?? [];
  for (const [tag, content] of main.matchAll(/<textarea [^>]*>([^]*?)<\/textarea>|<input [^>]*>/g)) {
    const name = attribute(tag, 'name')!;
    if (tag.startsWith('<textarea')) form.append(name, unescaped(content!));
    else if (tag.includes('type="checkbox"') && !tag.includes(' checked')) continue;
    else if (!tag.includes('type="file"')) form.append(name, unescaped(attribute(tag, 'value') ?? ''));
  }
  return form;
}

/** Fills in the control of a field like a user. */
export function fillIn(form: URLSearchParams, { json, field }: Declared, given: unknown, page: string): void {
  assert.match(page, new RegExp(`<(?:input|textarea)[^>]* name="${json}"`), `${json} has a control`);
  form.delete(json);
  const isChosen = page.includes(`type="checkbox" name="${json}"`);
  if (field.kind === 'flag') {
    if (given === true) form.set(json, 'yes');
  } else if (field.kind === 'keys') form.set(json, JSON.stringify(given));
  else if (Array.isArray(given) && isChosen) for (const one of given) form.append(json, String(one));
  else form.set(json, Array.isArray(given) ? given.join('\n') : String(given));
}
