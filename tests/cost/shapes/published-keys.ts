import { randomBytes } from 'node:crypto';
import { list } from '../requests.ts';
import type { Sent, Shapes, World } from '../shape.ts';
import { administer, assertion, forged, json, keys, registered } from '../sso/requests.ts';

const token = async (world: World): Promise<string> =>
  (
    await administer(world, 'registration-tokens', {
      ...{ name: 'Cost', environment: 'playground', max_uses: 1_000, scope: 'system/*.cruds' },
    })
  )['token']!;

const signer = { client_name: 'Cost', grant_types: ['client_credentials'], scope: 'system/Patient.rs' };

/** Publishes a document, for a registration that names it. */
async function publish(world: World, text: string, pieces = 1): Promise<string> {
  return JSON.stringify({ token: await token(world), uri: await world.publish(text, pieces) });
}

function register(prepared: string): Sent {
  const { token: by, uri } = JSON.parse(prepared) as { token: string; uri: string };
  return json('oauth/register', { ...signer, token_endpoint_auth_method: 'private_key_jwt', jwks_uri: uri }, by);
}

const one = keys(1).jwks;
const many = (n: number): object => ({ keys: list(n, (i) => ({ ...one.keys[0]!, kid: `k${i}` })) });
const created = { status: 201 };

/** An odd number of so many bytes, as a modulus or an exponent of a key that nobody has the private part of. */
const modulus = (bytes: number): string => {
  const number = randomBytes(bytes);
  number[0]! |= 0x80;
  number[bytes - 1]! |= 1;
  return number.toString('base64url');
};

/** Key sets that clients publish, which the server fetches: 64 KiB at most, within 5 s. Of them it uses 20 keys. */
export const publishedKeys: Shapes = [
  {
    ...{ name: 'keys at a jwks_uri', n: 20, most: 280, answer: created },
    prepare: (n, world) => publish(world, JSON.stringify(many(n))),
    make: (_, __, prepared) => register(prepared),
  },
  {
    ...{ name: 'keys at a jwks_uri that nobody can use', n: 50, most: 3_000, answer: created },
    prepare: (n, world) => publish(world, JSON.stringify({ keys: [...one.keys, ...list(n, () => ({ kty: 'x' }))] })),
    make: (_, __, prepared) => register(prepared),
  },
  {
    ...{ name: 'members of a key set', n: 50, most: 3_000, answer: created },
    prepare: (n, world) =>
      publish(world, JSON.stringify({ ...Object.fromEntries(list(n, (i) => [`m${i}`, i])), ...one })),
    make: (_, __, prepared) => register(prepared),
  },
  {
    ...{ name: 'levels of a key set', n: 50, most: 10_000, answer: created },
    prepare: (n, world) => publish(world, `{"x":${'['.repeat(n)}${']'.repeat(n)},"keys":${JSON.stringify(one.keys)}}`),
    make: (_, __, prepared) => register(prepared),
  },
  {
    ...{ name: 'pieces in which a key set comes', n: 20, most: 800, answer: created },
    prepare: (n, world) => publish(world, JSON.stringify(many(10)), n),
    make: (_, __, prepared) => register(prepared),
  },
  {
    ...{ name: 'a document over the limit of a key set', n: 70_000, most: 64_000_000 },
    answer: { status: 400, says: 'could not be fetched' },
    prepare: (n, world) => publish(world, ' '.repeat(n)),
    make: (_, __, prepared) => register(prepared),
  },
  {
    ...{ name: 'keys at a jwks_uri by which a client signs', n: 5, most: 280 },
    async prepare(n, world) {
      const { jwks, pem } = keys(1);
      const others = list(n - 1, (i) => ({ ...jwks.keys[0]!, kid: `other${i}` }));
      const jwksUri = await world.publish(JSON.stringify({ keys: [...jwks.keys, ...others] }), 1);
      const { id } = await registered(world, { ...signer, environment: 'playground', jwks_uri: jwksUri });
      return JSON.stringify({ id, pem });
    },
    make: (_, world, client) => assertion(world, client),
  },
  {
    // Whoever registers chooses the key, and a signature that is none costs as much as a good one.
    ...{ name: 'bytes of an RSA key', n: 256, most: 8_192, answer: { status: 401, says: 'invalid_client' } },
    async prepare(n, world) {
      const jwks = { keys: [{ kty: 'RSA', kid: 'k0', n: modulus(n), e: modulus(8) }] };
      return (await registered(world, { ...signer, environment: 'playground', jwks })).id;
    },
    make: (n, world, client) => forged(world, client, n),
  },
];
