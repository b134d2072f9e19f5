/** The register of published types, and when they were stored. docs/decisions/0164-bulk-publish.md */
import type { Snapshots } from '@dhp/fhir-store/jobs';
import { openTypes } from '../../access/open-terminology.ts';
import type { PublishedState, Publishing } from '../../contract/publishing.ts';
import { endpointTypes } from '../../endpoint-types.ts';

export interface PublishOptions {
  /** token: callers whose token may read and search the type; public: everybody. */
  readonly access: 'token' | 'public';
  /** Types that are published (default: all that can be). */
  readonly types?: readonly string[];
}

/** Registers of the health system, and the resources of the modules Conformance and Terminology: none of them is about a patient. */
export const publishableTypes: ReadonlySet<string> = new Set(
  [
    ...['Endpoint', 'HealthcareService', 'Location', 'Organization', 'OrganizationAffiliation'],
    ...['Practitioner', 'PractitionerRole', ...openTypes],
  ].filter((type) => endpointTypes.includes(type)),
);

/** Milliseconds for which a state is reused: a public manifest costs the database no more than that. */
const remembered = 10_000;

/** The shortest time in milliseconds between two queries of the state. */
const least = 250;

/** Milliseconds for which a file remains available after its type has changed: longer than a download takes. */
const grace = 24 * 3_600_000;

/** @param options undefined: nothing is published. @throws TypeError that names a type which may hold patient data */
export function openPublishing(
  snapshots: Pick<Snapshots, 'settleNow' | 'storedBehind'>,
  options: PublishOptions | undefined,
  clock: () => Date,
): Publishing | undefined {
  if (options === undefined) return undefined;
  const { access, types = [...publishableTypes] } = options;
  const unfit = types.find((type) => !publishableTypes.has(type));
  if (unfit !== undefined)
    throw new TypeError(
      `${unfit} may hold data of patients, or is no type: ${[...publishableTypes].join(', ')} can be published`,
    );
  let known: { readonly at: number; readonly state: Promise<PublishedState> } | undefined;
  const look = async (): Promise<PublishedState> => {
    const { until } = await snapshots.settleNow();
    const newest = new Map<string, Date>();
    for (const type of types) {
      const { last } = (await snapshots.storedBehind(type, undefined)) ?? {};
      if (last !== undefined) newest.set(type, new Date(Math.min(last.getTime(), until.getTime() - 1)));
    }
    return { until, newest };
  };
  const anew = (): Promise<PublishedState> => {
    const state = look();
    known = { at: clock().getTime(), state };
    state.catch(() => (known = undefined));
    return state;
  };
  return {
    isPublic: access === 'public',
    types: [...types].sort(),
    async state(behind) {
      const age = known === undefined ? Infinity : Math.abs(clock().getTime() - known.at);
      const state = known === undefined || age >= remembered ? anew() : await known.state;
      const isBefore = age >= least && behind !== undefined && behind >= (await state).until;
      return isBefore ? anew() : state;
    },
    async isKept(type, stored) {
      const { first } = (await snapshots.storedBehind(type, stored)) ?? {};
      return first === undefined || clock().getTime() - first.getTime() < grace;
    },
  };
}
