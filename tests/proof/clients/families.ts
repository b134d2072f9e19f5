/** Where clients come from, and how they are run: each program prints a line of JSON for each call. */
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Ground } from './ground.ts';

const run = promisify(execFile);
/** All in it can be installed again. */
const folder = join(tmpdir(), 'dhp-clients');
const page = fileURLToPath(new URL('../../../docs/clients.md', import.meta.url));
const sources = fileURLToPath(new URL('.', import.meta.url));

/** A program with clients in it: yields what it prints. Throws when it ends with a failure of its own. */
type Program = (ground: Ground) => AsyncIterable<string>;

export interface Family {
  readonly name: string;
  readonly about: string;
  /** Installs the clients; what runs them, or why they cannot be run here. */
  install(): Promise<Program | string>;
}

/** From npm, by the lock file beside the programs. */
function ofNpm(name: string, about: string, script: string): Family {
  return {
    name,
    about,
    async install() {
      const to = join(folder, 'npm');
      await mkdir(to, { recursive: true });
      await cp(join(sources, 'npm'), to, { recursive: true });
      await cp(page, join(to, 'clients.md'));
      await onlyWhenNew(await readFile(join(to, 'package-lock.json'), 'utf8'), join(to, 'installed'), () =>
        run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: to }),
      );
      return (ground) => linesOf(process.execPath, [script], to, ground);
    },
  };
}

function ofMaven(name: string, about: string, place: string, program: string): Family {
  return {
    name,
    about,
    async install() {
      for (const [tool, flag] of [
        ['javac', '-version'],
        ['mvn', '-v'],
      ] as const)
        if (!(await isThere(tool, flag))) return `${tool} is not installed`;
      const from = join(sources, 'java', place);
      const to = join(folder, 'java', place);
      await mkdir(to, { recursive: true });
      const classPath = join(to, 'classpath');
      const pom = join(from, 'pom.xml');
      await onlyWhenNew(await readFile(pom, 'utf8'), join(to, 'resolved'), () =>
        run('mvn', ['-q', '-B', '-f', pom, 'dependency:build-classpath', `-Dmdep.outputFile=${classPath}`]),
      );
      const libraries = await readFile(classPath, 'utf8');
      const files = (await readdir(from)).filter((file) => file.endsWith('.java')).map((file) => join(from, file));
      const shared = join(sources, 'java', 'Table.java');
      const options = ['-nowarn', '-proc:none', '-cp', libraries, '-d', join(to, 'classes')];
      const text = (await Promise.all([shared, ...files].map((file) => readFile(file, 'utf8')))).join('');
      await onlyWhenNew(text, join(to, 'compiled'), () => run('javac', [...options, shared, ...files]));
      const words = [
        '-Xmx1g',
        '-XX:TieredStopAtLevel=1',
        '-cp',
        [join(to, 'classes'), libraries].join(delimiter),
        program,
      ];
      return (ground) => linesOf('java', words, to, ground);
    },
  };
}

function ofDebian(name: string, about: string, command: readonly [string, ...string[]], needs: string): Family {
  return {
    name,
    about,
    async install() {
      const [program, ...words] = command;
      if (!(await isThere(program, '--version'))) return `${program} is not installed (${needs})`;
      return (ground) => linesOf(program, words, join(sources, 'debian'), ground);
    },
  };
}

export const families: readonly Family[] = [
  ofNpm('oauth', 'Clients of OAuth 2.0 and OpenID Connect, from npm.', 'oauth.mjs'),
  ofNpm(
    'applications',
    'Applications with a server of their own that people sign in to, from npm.',
    'applications.mjs',
  ),
  ofNpm('resource-servers', 'Checks of access tokens, from npm.', 'resource-servers.mjs'),
  ofNpm('fhir', 'Clients of FHIR and of HTTP, from npm.', 'fhir.mjs'),
  ofNpm('documents', 'The lines of [docs/clients.md](../clients.md), as they stand there.', 'documents.mjs'),
  ofNpm('habits', 'What clients send of their own accord that cannot be installed here, by its form.', 'habits.mjs'),
  ofMaven('java-fhir', 'Clients of FHIR, from Maven Central.', 'fhir', 'Fhir'),
  ofMaven('java-oauth', 'Clients of OAuth 2.0 and OpenID Connect, from Maven Central.', 'oauth', 'Oauth'),
  ofMaven('java-spring', "Spring Security's clients and resource server, from Maven Central.", 'oauth', 'Spring'),
  ofMaven('java-pac4j', 'pac4j, from Maven Central.', 'oauth', 'Pac'),
  ofDebian(
    'python',
    "Clients of OAuth 2.0 from Debian's packages of Python.",
    ['/usr/bin/python3', 'oauth.py'],
    'python3-requests-oauthlib python3-authlib',
  ),
];

async function isThere(program: string, flag: string): Promise<boolean> {
  return run(program, [flag]).then(
    () => true,
    () => false,
  );
}

/** Does it unless it was done for the same text. */
async function onlyWhenNew(text: string, stamp: string, act: () => Promise<unknown>): Promise<void> {
  if ((await readFile(stamp, 'utf8').catch(() => undefined)) === text) return;
  await act();
  await writeFile(stamp, text);
}

async function* linesOf(
  program: string,
  words: readonly string[],
  cwd: string,
  ground: Ground,
): AsyncGenerator<string> {
  const env = { ...process.env, DHP_GROUND: JSON.stringify(ground) };
  const child = spawn(program, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-3000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('{')) yield line;
  if ((await ended) !== 0) throw new Error(`${program} ${words.at(-1) ?? ''} failed:\n${said}`);
}
