/** A broker of Apache Kafka for tests: one node of KRaft, from the jars of a folder that DHP_TEST_KAFKA names. CONTRIBUTING.md */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AclOperations, AclPermissionTypes, Admin, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka';
import { freePort } from '../../../tests/processes.ts';

const jars = process.env['DHP_TEST_KAFKA'];
const run = promisify(execFile);

/** Why there is no broker here; false if there can be one. */
export const withoutKafka: string | false =
  jars === undefined || !existsSync(jars) || !readdirSync(jars).some((name) => /^kafka_.*\.jar$/.test(name))
    ? 'no jars of Kafka in the folder of DHP_TEST_KAFKA (CONTRIBUTING.md says how they come there)'
    : hasJava()
      ? false
      : 'Java is not installed';

function hasJava(): boolean {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface Broker {
  /** Of a listener without TLS and login, and of one with both. */
  readonly port: number;
  readonly securePort: number;
  /** The authority of its certificate, in PEM. */
  readonly authority: string;
  start(): Promise<void>;
  /** Like a power failure: no client is notified. */
  kill(): Promise<void>;
  /** Creates a topic through the listener without login. */
  topic(name: string, partitions: number, settings?: Readonly<Record<string, string>>): Promise<void>;
  remove(topic: string): Promise<void>;
  /** Grants a login operations on a topic. */
  allow(user: string, topic: string, operations: readonly ('DESCRIBE' | 'WRITE')[]): Promise<void>;
  /** Runs a Java program with the jars of Kafka: a class, or a file. @returns its output */
  java(main: string, args: readonly string[]): Promise<string>;
}

/** @param folder an empty one, for its data, its settings and its certificate */
export async function openBroker(folder: string): Promise<Broker> {
  const [port, securePort, control] = [await freePort(), await freePort(), await freePort()];
  const data = join(folder, 'data');
  await mkdir(data, { recursive: true });
  const authority = makeCertificate(folder);
  const file = join(folder, 'server.properties');
  const login = 'user_dhp="p@ss" username="broker" password="unused"';
  const module = 'org.apache.kafka.common.security';
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${String(control)}`,
    listeners: `PLAIN://127.0.0.1:${String(port)},SAFE://localhost:${String(securePort)},CONTROL://127.0.0.1:${String(control)}`,
    'controller.listener.names': 'CONTROL',
    'inter.broker.listener.name': 'PLAIN',
    'listener.security.protocol.map': 'PLAIN:PLAINTEXT,SAFE:SASL_SSL,CONTROL:PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
    'listener.name.safe.plain.sasl.jaas.config': `${module}.plain.PlainLoginModule required ${login};`,
    'listener.name.safe.scram-sha-512.sasl.jaas.config': `${module}.scram.ScramLoginModule required;`,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(folder, 'store.pem'),
    'log.dirs': data,
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    // The usual default: an operator who wants no accidental topics must disable it.
    'auto.create.topics.enable': 'true',
    'num.partitions': '1',
  };
  await writeFile(
    file,
    Object.entries(settings)
      .map((pair) => `${pair.join('=')}\n`)
      .join(''),
  );
  const scram = 'SCRAM-SHA-512=[name=dhp,password=p@ss]';
  const java = ['-Xmx384m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', `${jars!}/*`];
  await run('java', [
    ...java,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    'kXrEr8cnRJmJnqP0bZOhGQ',
    '-c',
    file,
    '-S',
    scram,
  ]);
  let process_: ChildProcess | undefined;

  async function start(): Promise<void> {
    process_ = spawn('java', [...java, 'kafka.Kafka', file], { stdio: 'ignore' });
    const end = Date.now() + 60_000;
    for (;;) {
      try {
        await asAdmin((admin) => admin.listTopics());
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
        await delay(200);
      }
    }
  }
  async function asAdmin<Answer>(what: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    const bootstrapBrokers = [`127.0.0.1:${String(port)}`];
    const admin = new Admin({ clientId: 'test', bootstrapBrokers, retries: 0, connectTimeout: 1000 });
    try {
      return await what(admin);
    } finally {
      await admin.close();
    }
  }
  return {
    ...{ port, securePort, authority, start },
    async kill() {
      const ended = once(process_!, 'exit');
      process_!.kill('SIGKILL');
      await ended;
    },
    async topic(name, partitions, settingsOfTopic = {}) {
      const configs = Object.entries(settingsOfTopic).map(([key, value]) => ({ name: key, value }));
      await asAdmin((admin) => admin.createTopics({ topics: [name], partitions, replicas: 1, configs }));
    },
    async remove(topic) {
      await asAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
    },
    async allow(user, topic, operations) {
      const creations = operations.map((operation) => ({
        ...{
          resourceType: ResourceTypes.TOPIC,
          resourceName: topic,
          resourcePatternType: ResourcePatternTypes.LITERAL,
        },
        ...{ principal: `User:${user}`, host: '*', operation: AclOperations[operation] },
        permissionType: AclPermissionTypes.ALLOW,
      }));
      await asAdmin((admin) => admin.createAcls({ creations }));
    },
    async java(main, args) {
      const child = spawn('java', [...java, main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      let printed = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => (printed += part));
      await once(child, 'close');
      return printed;
    },
  };
}

/** A self-signed certificate for `localhost`, with its key in the file that the broker reads. */
function makeCertificate(folder: string): string {
  const [certificate, key] = [join(folder, 'authority.pem'), join(folder, 'key.pem')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate];
  execFileSync('openssl', [...made, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], {
    stdio: 'ignore',
  });
  execFileSync('sh', ['-c', 'cat key.pem authority.pem > store.pem'], { cwd: folder });
  return certificate;
}
