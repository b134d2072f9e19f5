/** The administration over HTTP: every act that the description lists, with and without what it needs, and clients with all their fields. */
import type { Answer, Sent } from '../entry.ts';
import { formOf, jsonOf, type SsoScript } from './session.ts';

const reason = 'recorded';

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { security?: [{ token: string[] }] }>>>>;
}

const acts: SsoScript = {
  kind: 'acts',
  async run(session) {
    const { id, secret } = session.clients['admin']!;
    const described = JSON.parse(
      (await session.send({ method: 'GET', path: '/admin/openapi.json' })).text,
    ) as Described;
    const scopes = new Set(
      Object.values(described.paths).flatMap((methods) =>
        Object.values(methods).flatMap(({ security }) => security?.[0].token ?? []),
      ),
    );
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret };
    const { access_token: token = '' } = jsonOf(
      await formOf(session, '/oauth/token', { ...form, scope: [...scopes].join(' ') }),
    );
    const call = (method: string, path: string, body?: object): Promise<Answer> =>
      session.send({
        ...({ method, path: `/admin${path}` } satisfies Sent),
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const changing = async (method: string, path: string, members: object = {}): Promise<Answer> => {
      await call(method, path, members);
      await call(method, path, { ...members, reason, nonsense: 1 });
      return call(method, path, { ...members, reason });
    };

    const clients: object[] = [
      { client_name: 'Machine', scope: 'system/Patient.rs' },
      {
        client_name: 'Web',
        scope: 'openid user/*.rs',
        redirect_uris: ['https://web.example.uz/cb'],
        grant_types: ['authorization_code'],
      },
      { client_name: 'Bound', scope: 'system/*.rs', dpop_bound_access_tokens: true },
      { client_name: 'Keys', scope: 'system/*.rs', jwks_uri: 'https://web.example.uz/jwks.json' },
      { client_name: 'Production', scope: 'system/*.rs', environment: 'production' },
      { client_name: '', scope: 'system/*.rs' },
      { client_name: 'Wrong', scope: 'nonsense' },
      { client_name: 'Wrong', scope: 'system/*.rs', redirect_uris: 'https://a.example.uz' },
      { client_name: 'Wrong', scope: 'system/*.rs', grant_types: ['password'] },
    ];
    for (const details of clients) {
      const made = await changing('POST', '/clients', details);
      const { client_id: own } = jsonOf(made);
      if (own === undefined) continue;
      await call('GET', `/clients/${own}`);
      const changes: object[] = [
        ...[{ client_name: 'Another' }, { scope: 'system/Observation.rs' }, { dpop_bound_access_tokens: true }],
        ...[
          { redirect_uris: ['https://b.example.uz/cb'] },
          { post_logout_redirect_uris: ['https://b.example.uz/bye'] },
        ],
        ...[
          { backchannel_logout_uri: 'https://b.example.uz/out' },
          { minimal_authorize: true },
          { require_pkce: true },
        ],
        ...[
          { sign_in_methods: ['password'] },
          { sign_in_methods: [] },
          { hex_challenge: true },
          { environment: 'production' },
        ],
        ...[{ logo: null }, { jwks: null }, { jwks_uri: null }, { public: true }, { scope: '' }],
      ];
      for (const change of changes) await changing('PATCH', `/clients/${own}`, change);
      for (const act of ['rotate-secret', 'drop-old-secret', 'approve', 'disable', 'enable', 'sign-out']) {
        await changing('POST', `/clients/${own}/${act}`);
      }
      await call('GET', `/clients/${own}`);
    }

    await changing('POST', '/users', {
      username: 'zilola',
      name: 'Zilola Umarova',
      password: 'green door, blue river',
    });
    await changing('PATCH', '/users/zilola', { name: 'Zilola Umarova-Karimova', email: 'zilola@example.uz' });
    await changing('POST', '/users/zilola/roles', { environment: 'playground', role: 'doctor', organization: 'o-1' });
    await changing('PUT', '/policies/playground/doctor', { scopes: 'user/*.rs' });
    for (const act of ['unlock', 'reset-factors', 'reset-link', 'sign-out', 'disable', 'enable', 'set-password']) {
      await changing('POST', `/users/zilola/${act}`);
    }
    await changing('POST', '/registration-tokens', { scope: 'system/*.rs', environment: 'playground' });
    await changing('POST', '/identity-sources', { client_id: id, type: 'Patient', environment: 'playground' });
    for (const path of Object.keys(described.paths)) {
      const named = path.replace('/admin', '').replace('{username}', 'zilola').replace('{client_id}', id);
      const lists = ['', '?q=zilola', '?limit=2', '?limit=x', '?nonsense=1'];
      if (described.paths[path]!['get'] !== undefined) for (const query of lists) await call('GET', named + query);
      await call('POST', named);
      await session.send({ method: 'GET', path });
    }
  },
};

export const administration: readonly SsoScript[] = [acts];
