/** The files of an export, as the server says them. https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status */
import { spokenLanguage } from '../locale.ts';
import { exchangeMessages } from '../texts/exchange.ts';
import type { FileToGet } from './download.ts';
import { ServerRefusal } from './faults.ts';

interface ListedFile extends FileToGet {
  readonly kind: 'output' | 'deleted' | 'error';
  readonly type: string;
}

export interface Manifest {
  readonly transactionTime: string;
  readonly files: readonly ListedFile[];
}

const kinds = ['output', 'deleted', 'error'] as const;

/** @param job its address, to which those of files may be relative @throws ServerRefusal for a body that is not a manifest */
export function readManifest(job: string, body: object): Manifest {
  const fault = (): ServerRefusal => new ServerRefusal(exchangeMessages[spokenLanguage()].noManifest({ url: job }));
  const { transactionTime, outputOrganizedBy, ...lists } = body as Record<string, unknown>;
  if (typeof transactionTime !== 'string') throw fault();
  const numbers = new Map<string, number>();
  const files = kinds.flatMap((kind) => {
    const list = lists[kind] ?? [];
    if (!Array.isArray(list)) throw fault();
    return list.map((entry: unknown): ListedFile => {
      // Files organised in blocks are named by the type of their blocks.
      const { type = outputOrganizedBy, url, count, extension } = (entry ?? {}) as Record<string, unknown>;
      // The name becomes one of a file here.
      if (typeof url !== 'string' || typeof type !== 'string' || !/^[A-Za-z]{1,64}$/.test(type)) throw fault();
      if (!URL.canParse(url, job)) throw fault();
      const prefix = kind === 'output' ? type : kind;
      const number = (numbers.get(prefix) ?? 0) + 1;
      numbers.set(prefix, number);
      const name = `${prefix}-${String(number).padStart(3, '0')}.ndjson`;
      const { bytes } = (extension ?? {}) as { bytes?: unknown };
      return {
        ...{ kind, type, name, url: new URL(url, job).href },
        ...{ count: wholeNumber(count), bytes: wholeNumber(bytes) },
      };
    });
  });
  return { transactionTime, files };
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
