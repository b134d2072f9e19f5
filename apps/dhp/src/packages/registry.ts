/**
 * Package registries: npm's protocol as FHIR uses it. `GET <server>/<name>` lists the versions of a package, and each has the
 * address of its tarball. https://confluence.hl7.org/display/FHIR/FHIR+Package+Registry+User+Documentation
 */
import {
  chooseVersion,
  isIntact,
  PackageFault,
  publishedPackage,
  specifierText,
  type PublishedVersion,
  type Specifier,
} from '@dhp/fhir-package';
import { SaidFault, type Sentence } from './said-fault.ts';

/** Default registries. */
export const defaultServers = ['https://packages.fhir.org', 'https://packages2.fhir.org/packages'] as const;

export interface Download {
  readonly bytes: Uint8Array;
  readonly version: string;
  /** The address from which it came. */
  readonly origin: string;
  /** False when the registry states no digest that could be checked. */
  readonly checked: boolean;
}

export interface Registry {
  /**
   * The tarball of the wanted version, from the first server that has it, compared with the digest stated there.
   * @throws PackageFault `not-found` with the answer of each server; `not-intact`; `hostile` if it is too large
   */
  fetch(wanted: Specifier, onProgress?: (bytes: number, total: number) => void): Promise<Download>;
}

const answerLimit = 8_000; // milliseconds for the list of versions: a person waits at a terminal
const idleLimit = 30_000; // without a byte of a tarball
const largestAnswer = 64 * 1024 ** 2;
const largestTarball = 512 * 1024 ** 2;

/** Daily builds are not in a registry, only at the address of the build server. */
const unpublished = new Set(['current', 'dev']);

/** @param servers base URLs without a final slash, in the order in which they are asked */
export function openRegistry(servers: readonly string[]): Registry {
  const down = new Map<string, Sentence>();
  return {
    async fetch(wanted, onProgress) {
      const name = specifierText(wanted);
      if (wanted.version !== undefined && unpublished.has(wanted.version)) {
        throw new SaidFault('not-found', ({ registry }) => registry.unpublished({ package: name }));
      }
      const reasons: Sentence[] = [];
      for (const server of servers) {
        const reason = down.get(server) ?? (await ask(server, wanted));
        if (typeof reason !== 'function') return download(server, wanted.name, reason, onProgress);
        reasons.push(reason);
      }
      throw new SaidFault('not-found', (messages) => {
        const { notFetched, none } = messages.registry;
        const said = reasons.map((reason) => reason(messages)).join('; ');
        return notFetched({ package: name, said: reasons.length > 0 ? said : none });
      });
    },
  };

  /** The wanted version, or a sentence why this server does not provide it. An unreachable server is not asked again. */
  async function ask(server: string, wanted: Specifier): Promise<PublishedVersion | Sentence> {
    let response: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(answerLimit);
      response = await fetch(`${server}/${wanted.name}`, { headers: { accept: 'application/json' }, signal });
      text = new TextDecoder().decode(await bytesOf(response, largestAnswer, signal));
    } catch (error) {
      const reason = reasonOf(error);
      const sentence: Sentence = ({ registry }) => registry.unreachable({ server, reason });
      down.set(server, sentence);
      return sentence;
    }
    const { status } = response;
    if (status === 404) return ({ registry }) => registry.unknown({ server });
    if (!response.ok) return ({ registry }) => registry.answered({ server, status });
    try {
      const found = chooseVersion(publishedPackage(JSON.parse(text)), wanted.version);
      return found ?? (({ registry }) => registry.noVersion({ server }));
    } catch {
      return ({ registry }) => registry.noAnswer({ server });
    }
  }
}

async function download(
  server: string,
  name: string,
  published: PublishedVersion,
  onProgress: ((bytes: number, total: number) => void) | undefined,
): Promise<Download> {
  const { version } = published;
  const origin = new URL(published.tarball ?? `${server}/${name}/${version}`, `${server}/`);
  const about = { package: `${name}@${version}`, address: origin.href };
  if (origin.protocol !== 'https:' && origin.protocol !== 'http:') {
    throw new SaidFault('not-found', ({ registry }) => registry.notWeb(about));
  }
  let bytes: Uint8Array;
  try {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(new Error(`no byte for ${idleLimit / 1000} s`)), idleLimit);
    try {
      const response = await fetch(origin, { signal: stop.signal });
      if (!response.ok) throw new Error(`${response.status}`);
      bytes = await bytesOf(response, largestTarball, stop.signal, (got, total) => {
        timer.refresh();
        onProgress?.(got, total);
      });
    } finally {
      clearTimeout(timer);
    }
  } catch (error) {
    if (error instanceof PackageFault) throw error;
    const reason = reasonOf(error);
    throw new SaidFault('not-found', ({ registry }) => registry.notFetchedFrom({ ...about, reason }));
  }
  const intact = isIntact(bytes, published);
  if (intact === false) {
    throw new SaidFault('not-intact', ({ registry }) => registry.notIntact({ ...about, server }));
  }
  return { bytes, version, origin: origin.href, checked: intact === true };
}

/** The body, up to the limit. */
async function bytesOf(
  response: Response,
  limit: number,
  signal: AbortSignal,
  onProgress?: (bytes: number, total: number) => void,
): Promise<Uint8Array> {
  const total = Number(response.headers.get('content-length') ?? 0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    signal.throwIfAborted();
    length += chunk.length;
    if (length > limit) {
      const { url } = response;
      throw new SaidFault('hostile', ({ registry }) => registry.tooLong({ address: url, limit }));
    }
    chunks.push(chunk);
    onProgress?.(length, total);
  }
  return Buffer.concat(chunks);
}

/** `fetch failed` hides the reason in its cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const { code } = (cause ?? {}) as { code?: string };
  return code ?? (cause instanceof Error ? cause.message : message);
}
