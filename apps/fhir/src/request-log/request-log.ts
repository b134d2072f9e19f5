/** The log of requests that developers of applications read. docs/decisions/0072-log-and-explorer-for-developers.md */
import type { FhirStore } from '@dhp/fhir-store';
import { chooseLanguage, type Language } from '@dhp/negotiation';
import {
  beginningOf,
  keepRequestLog,
  maskedPath,
  maskedQuery,
  withoutSecrets,
  withoutTokens,
  type LoggedRequest,
} from '@dhp/request-log';
import { anonymousClient } from '../access/open-terminology.ts';
import type { RecordedRequest } from '../contract/pipeline.ts';
import type { RequestLogger } from '../contract/request-logger.ts';
import { requestIdOf } from '../http/request-id.ts';
import { issuesOf, type Kept } from './issues.ts';
import { knownMembers, knownParts, knownWords } from './known-words.ts';

export interface RequestLogOptions {
  /** Whether values that may belong to patients are left out. */
  readonly masks: boolean;
  /** The most rows kept of one client per day. */
  readonly most?: number;
  /** Milliseconds between two writings. */
  readonly pause?: number;
}

interface Server {
  readonly types: ReadonlySet<string>;
  readonly defaultLanguage: Language;
  /** Path of the base URL. */
  readonly basePath: string;
  readonly onError: (error: unknown) => void;
}

/** Nobody has registered them. */
const notApplications: ReadonlySet<string> = new Set([anonymousClient, 'dhp-sso']);

export interface OpenRequestLog extends RequestLogger {
  /** Stores the waiting rows. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export function openRequestLog(
  { requestLog: store }: Pick<FhirStore, 'requestLog'>,
  options: RequestLogOptions,
  server: Server,
): OpenRequestLog {
  const { flush, close, note } = keepRequestLog({ ...options, store, onError: server.onError });
  let known: Kept | undefined;
  // When it is requested first: making it looks at all search parameters and elements of all types.
  const kept = (): Kept | undefined => (options.masks ? (known ??= keptBy(server)) : undefined);
  return {
    ...{ flush, close },
    note(request, bearer, { time, status, milliseconds }, refusal) {
      const client = bearer?.access.clientId;
      // Only its token proves who sent it: nobody can write into the log of another application.
      if (client === undefined || notApplications.has(client)) return;
      // Of a Bundle that has its own row, the entries that failed.
      if (request.entry !== undefined && (status === undefined || status < 400)) return;
      note({
        ...{ time, client, method: request.method ?? '', status, milliseconds },
        ...addressOf(request, kept(), server),
        requestId: requestIdOf(request.headers),
        entry: request.entry?.index,
        issues: refusal === undefined ? [] : issuesIn(request, refusal, kept(), server),
      });
    },
  };
}

const keptBy = ({ types }: Server): Kept => ({
  parts: knownParts(types),
  words: knownWords(types),
  members: knownMembers(),
});

function addressOf(
  { url = '', entry }: RecordedRequest,
  masked: Kept | undefined,
  { basePath }: Server,
): Pick<LoggedRequest, 'path' | 'query'> {
  const mark = url.indexOf('?');
  // The address of an entry may be as long as its Bundle, and is kept until it is stored.
  const path = beginningOf(url.slice(entry === undefined ? basePath.length : 0, mark < 0 ? undefined : mark)) || '/';
  const query = mark < 0 ? undefined : beginningOf(url.slice(mark + 1));
  if (masked === undefined)
    return { path: withoutTokens(path), query: query === undefined ? undefined : withoutSecrets(query) };
  const { parts, words } = masked;
  return { path: maskedPath(path, parts), query: query === undefined ? undefined : maskedQuery(query, words) };
}

function issuesIn(
  { headers }: RecordedRequest,
  refusal: unknown,
  masked: Kept | undefined,
  { defaultLanguage }: Server,
): LoggedRequest['issues'] {
  const language = chooseLanguage(headers['accept-language'], defaultLanguage);
  return issuesOf(refusal, language, masked);
}
