import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { databaseUrl } from '../src/index.ts';
import { DatabaseUrlError, isLocalHost, parseDatabaseUrl } from '../src/address.ts';
import { sslModeOf } from '../src/tls.ts';

/** Parts of a URL, without the defaults: one host, and any kind of session. */
function read(url: string): Record<string, unknown> {
  const { hosts, sessionKind, ...address } = parseDatabaseUrl(url);
  const said = {
    ...address,
    hosts: hosts.length > 1 ? hosts : undefined,
    sessionKind: sessionKind === 'any' ? undefined : sessionKind,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}
const local = { host: 'localhost', port: 5432, parameters: {} };

describe('the URL of a database', () => {
  const forms: [url: string, address: Record<string, unknown>][] = [
    ['postgres://localhost', local],
    ['postgresql://localhost/', local],
    ['postgres:///dhp', { ...local, database: 'dhp' }],
    [
      'postgres://dhp:s3cret@db.example.uz:6432/dhp',
      { host: 'db.example.uz', port: 6432, user: 'dhp', password: 's3cret', database: 'dhp', parameters: {} },
    ],
    [
      'postgresql://d%40hp:p%2Fa%3Fs%25s%3Aw%40rd%23@localhost/my%20db',
      { ...local, user: 'd@hp', password: 'p/a?s%s:w@rd#', database: 'my db' },
    ],
    ['postgres://dhp:a:b#c@localhost/dhp', { ...local, user: 'dhp', password: 'a:b#c', database: 'dhp' }],
    ['postgres://dhp@localhost/dhp', { ...local, user: 'dhp', database: 'dhp' }],
    ['postgres://:pw@localhost/dhp', { ...local, password: 'pw', database: 'dhp' }],
    [
      'postgres://dhp:pw@[::1]:5433/dhp',
      { ...local, host: '::1', port: 5433, user: 'dhp', password: 'pw', database: 'dhp' },
    ],
    ['postgres://[2001:db8::7]/dhp', { ...local, host: '2001:db8::7', database: 'dhp' }],
    [
      'postgres://dhp:pw@/dhp?host=/run/postgresql',
      { ...local, host: '/run/postgresql', user: 'dhp', password: 'pw', database: 'dhp' },
    ],
    ['postgres:///dhp?host=/run/my%20pg&port=5433', { ...local, host: '/run/my pg', port: 5433, database: 'dhp' }],
    ['postgres://dhp@%2Frun%2Fpostgresql/dhp', { ...local, host: '/run/postgresql', user: 'dhp', database: 'dhp' }],
    ['postgres:///?user=dhp&password=p%26w&dbname=dhp', { ...local, user: 'dhp', password: 'p&w', database: 'dhp' }],
    [
      'postgres://localhost/dhp?application_name=x&options=-c%20geqo%3Doff&connect_timeout=3&target_session_attrs=read-write',
      {
        ...local,
        database: 'dhp',
        connectTimeout: 3,
        sessionKind: 'read-write',
        parameters: { application_name: 'x', options: '-c geqo=off' },
      },
    ],
    [
      'postgres://a:5432,[::1]:5433,c/dhp',
      {
        ...{ host: 'a', port: 5432, database: 'dhp', sessionKind: 'read-write', parameters: {} },
        hosts: [
          { host: 'a', port: 5432 },
          { host: '::1', port: 5433 },
          { host: 'c', port: 5432 },
        ],
      },
    ],
    [
      'postgres:///dhp?host=a,b&port=6432&target_session_attrs=any',
      {
        ...{ host: 'a', port: 6432, database: 'dhp', parameters: {} },
        hosts: [
          { host: 'a', port: 6432 },
          { host: 'b', port: 6432 },
        ],
      },
    ],
    ['postgres://localhost/?keepalives=1&channel_binding=prefer&gssencmode=disable&sslsni=1', local],
    [
      'postgres://localhost?sslmode=verify-ca&sslrootcert=/ca.pem',
      { ...local, sslMode: 'verify-ca', sslRootCertificate: '/ca.pem' },
    ],
    [
      'postgres://localhost?ssl=true&sslrootcert=system',
      { ...local, sslMode: 'verify-full', sslRootCertificate: 'system' },
    ],
    ['postgres://localhost?ssl=false', { ...local, sslMode: 'disable' }],
    [
      'postgres://localhost?sslcert=c.pem&sslkey=k.pem&sslpassword=p',
      { ...local, sslCertificate: 'c.pem', sslKey: 'k.pem', sslKeyPassword: 'p' },
    ],
  ];
  for (const [url, address] of forms) it(`is read: ${url}`, () => assert.deepEqual(read(url), address));

  const wrong: [url: string, problem: RegExp][] = [
    ['mysql://localhost/dhp', /is not a PostgreSQL URL such as postgres:\/\//],
    ['host=localhost dbname=dhp', /is not a PostgreSQL URL/],
    ['postgres://dhp:geheim/x@localhost/dhp', /port that is not a number|is not a PostgreSQL URL/],
    ['postgres://dhp:geheim%@localhost/dhp', /% that begins no percent-encoded character.* %25/],
    ['postgres://localhost:0/dhp', /port that is not a number from 1 to 65535/],
    ['postgres://localhost:5432x/dhp', /port that is not a number/],
    ['postgres://::1/dhp', /IPv6 address without brackets, such as \[::1\]/],
    ['postgres://[db]/dhp', /brackets around what is no IPv6 address/],
    ['postgres://a,b,c/dhp?port=1,2', /names 3 hosts and 2 ports/],
    ['postgres://a,b/dhp?target_session_attrs=writable', /one of any, read-write/],
    ['postgres://localhost/dhp?sslmode=verify_full', /sslmode=verify_full; the modes are disable, .*verify-full/],
    ['postgres://localhost/dhp?sslmode=require&sslmode=disable', /the parameter sslmode twice/],
    ['postgres://localhost/dhp?sslmode=require&sslrootcert=system', /sslrootcert=system with sslmode=require/],
    ['postgres://localhost/dhp?channel_binding=require', /channel_binding=require, which is not supported/],
    ['postgres://localhost/dhp?sslcrl=/crl.pem', /sslcrl=\/crl\.pem, which is not supported/],
    ['postgres://localhost/dhp?connect_timeout=soon', /connect_timeout that is not a number of seconds/],
  ];
  for (const [url, problem] of wrong) {
    it(`is refused: ${url}`, () =>
      assert.throws(
        () => parseDatabaseUrl(url),
        (error) =>
          error instanceof DatabaseUrlError && problem.test(error.message) && !error.message.includes('geheim'),
      ));
  }

  it('leads to another database of the same server', () => {
    for (const [server, url] of [
      ['postgres://u:p%40@h:1/dhp?sslmode=require', 'postgres://u:p%40@h:1/other?sslmode=require'],
      ['postgresql://u:p@/dhp?host=/run', 'postgresql://u:p@/other?host=/run'],
      ['postgres://[::1]', 'postgres://[::1]/other'],
      ['postgres:///?dbname=dhp&host=/run', 'postgres:///other?host=/run'],
      ['postgres://h?sslmode=disable', 'postgres://h/other?sslmode=disable'],
    ] as const) {
      assert.equal(databaseUrl(server, 'other'), url);
    }
  });
});

describe('the encryption of a connection', () => {
  const modes: [hosts: readonly string[], mode: string, isLocal: boolean][] = [
    [
      [
        'localhost',
        'LOCALHOST',
        'db.localhost',
        '127.0.0.1',
        '127.8.9.1',
        '::1',
        '::ffff:127.0.0.1',
        '/run/postgresql',
      ],
      'disable',
      true,
    ],
    [
      ['db', 'db.example.uz', '10.0.0.5', '127.1', '0.0.0.0', '2001:db8::1', '::', 'localhost.example.uz', '128.0.0.1'],
      'verify-full',
      false,
    ],
  ];
  for (const [hosts, mode, isLocal] of modes) {
    for (const host of hosts) {
      it(`is ${mode} for ${host} unless the URL says otherwise`, () => {
        const place = host.startsWith('/')
          ? `postgres:///dhp?host=${host}`
          : `postgres://${host.includes(':') ? `[${host}]` : host}/dhp?x=1`;
        assert.equal(isLocalHost(host), isLocal);
        assert.equal(sslModeOf(parseDatabaseUrl(place)), mode);
        for (const said of ['disable', 'prefer', 'require', 'verify-ca', 'verify-full']) {
          const asked = sslModeOf(parseDatabaseUrl(`${place}&sslmode=${said}`));
          assert.equal(asked, host.startsWith('/') ? 'disable' : said);
        }
      });
    }
  }

  it('is verified on this machine, too, where a root certificate is named', () =>
    assert.equal(sslModeOf(parseDatabaseUrl('postgres://localhost/dhp?sslrootcert=ca.pem')), 'verify-full'));
});
