/** The parameters of `$viewdefinition-run`. */
import { compileView, InvalidView, parseResource, type View } from '@dhp/sql-on-fhir';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import { receiveResource } from '../../http/body.ts';
import { failure, mostFindings, together, type Failure } from '../../http/errors.ts';
import { periodOf } from '../../interactions/history-period.ts';
import { invalid, isObject } from '../input.ts';
import type { Input } from '../operation.ts';
import { tableForm, type TableForm } from './form.ts';
import { readFilters, type Filters } from './patients.ts';

export interface Run {
  readonly view: View;
  /** Those of the request; undefined: those of the store. */
  readonly resources: readonly unknown[] | undefined;
  readonly form: TableForm;
  /** Whether decimals of resources must keep their digits. */
  readonly isExact: boolean;
  readonly header: boolean;
  readonly limit: number | undefined;
  /** ms since 1970 */
  readonly since: number | undefined;
  readonly filters: Filters;
}

/** The part of a run about stored resources. */
export type StoredRun = Pick<Run, 'view' | 'since' | 'filters' | 'isExact'>;

/** The common parameters of views and queries. Fails with `parameter-invalid`. */
export function filtersOf(services: Services, input: Input): Pick<Run, 'header' | 'limit' | 'since' | 'filters'> {
  const given = (name: string): string | undefined => input.get(name)?.[0] as string | undefined;
  return {
    header: hasHeader(given('header')),
    limit: limitOf(given('_limit')),
    since: sinceOf(given('_since'), services),
    filters: readFilters(input, services),
  };
}

/** Fails with `view-invalid`, which lists every fault of the view, with `parameter-invalid` and `not-acceptable`. */
export function readRun(services: Services, call: Call, input: Input, definition: unknown): Run {
  const given = (name: string): string | undefined => input.get(name)?.[0] as string | undefined;
  for (const name of ['_summary', '_elements', '_pretty']) {
    if (call.query[name] !== undefined)
      invalid(name, `${name} is not for tables: the columns of the view say what is in one.`);
  }
  for (const name of ['parameters', 'context'])
    if (input.has(name)) invalid(name, `${name} is for a query of SQL: the subject is a view.`);
  const view = viewOf(definition, call);
  const form = tableForm(given('_format'), headerOf(call, 'accept'));
  const isExact = view.asksForDigits || (form.format === 'parquet' && view.mayHoldDecimals);
  const resources = input.has('resource') ? resourcesOf(input, call, isExact) : undefined;
  for (const name of ['_since', 'patient', 'group']) {
    if (resources !== undefined && input.has(name))
      invalid(name, `${name} is about resources of this server, and resource brings others.`);
  }
  return {
    view,
    resources,
    form,
    isExact,
    ...filtersOf(services, input),
  };
}

/** ms since 1970. Fails with `parameter-invalid`. */
export function sinceOf(text: string | undefined, { timeZone }: Services): number | undefined {
  if (text === undefined) return undefined;
  const period = periodOf(text, timeZone);
  if (period === undefined)
    invalid(
      '_since',
      `_since is an instant such as 2026-11-25T09:30:00+05:00, not ${JSON.stringify(text.slice(0, 100))}.`,
    );
  return period.start.getTime();
}

/** Whether CSV begins with the names of the columns. Fails with `parameter-invalid`. */
export function hasHeader(text: string | undefined): boolean {
  if (text !== undefined && text !== 'true' && text !== 'false')
    invalid('header', `header is true or false, not ${JSON.stringify(text.slice(0, 100))}.`);
  return text !== 'false';
}

function limitOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^(0|[1-9]\d{0,8})$/.test(text))
    invalid('_limit', `_limit is a whole number of 0 or more, not ${JSON.stringify(text.slice(0, 100))}.`);
  return Number(text);
}

/** @param of names the view, if there are several. Fails with `view-invalid`, which lists every fault */
export function viewOf(definition: unknown, { budget }: Call, of = ''): View {
  try {
    return compileView(definition, { work: budget });
  } catch (error) {
    if (!(error instanceof InvalidView)) throw error;
    const failures = error.issues.map(({ place, text }) =>
      failure('view-invalid', {}, { diagnostics: `${of}${place} ${text}`, expression: place }),
    );
    throw together(failures as [Failure, ...Failure[]], mostFindings);
  }
}

/** A Bundle is replaced by its entries. */
function resourcesOf(input: Input, call: Call, isExact: boolean): readonly unknown[] {
  const given = isExact ? exactResources(call) : input.get('resource')!;
  return given.flatMap((resource) =>
    isObject(resource) && resource['resourceType'] === 'Bundle' ? entriesOf(resource) : [resource],
  );
}

/** As sent, with the digits of decimals. */
function exactResources(call: Call): readonly unknown[] {
  const parameters = parseResource(receiveResource(call.body, 'Parameters').source.text) as {
    readonly parameter: readonly unknown[];
  };
  return parameters.parameter.flatMap((part) =>
    isObject(part) && part['name'] === 'resource' ? [part['resource']] : [],
  );
}

function entriesOf({ entry }: Readonly<Record<string, unknown>>): readonly unknown[] {
  if (!Array.isArray(entry)) return [];
  return entry.flatMap((each: unknown) => (isObject(each) && isObject(each['resource']) ? [each['resource']] : []));
}
