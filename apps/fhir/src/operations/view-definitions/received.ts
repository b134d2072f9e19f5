/** A ViewDefinition in the body of a request, checked before it is stored. */
import { nationalViews } from '@dhp/sql-on-fhir/library';
import type { Call, Services } from '../../contract/interaction.ts';
import type { ReceivedResource } from '../../contract/resource.ts';
import { receiveResource } from '../../http/body.ts';
import { fail, failure, mostFindings, together, type Failure } from '../../http/errors.ts';
import { viewOf } from '../views/input.ts';
import { viewType } from './rights.ts';

type Write = Parameters<Services['unguarded']['viewDefinitions']['put']>[0];

const searched = ['url', 'version', 'name', 'title', 'status', 'resource'] as const;

/** Fails as `receiveResource` does, and with `view-invalid`, which lists every fault with its place. */
export function receiveView(call: Call): ReceivedResource & Pick<Write, 'elements'> {
  const received = receiveResource(call.body, viewType);
  const { length } = received.source.text;
  if (length > mostCharacters) {
    const diagnostics = `${viewType} has ${mostCharacters} characters at most, not ${length}. Make several views of it.`;
    fail('view-invalid', {}, { diagnostics, expression: viewType });
  }
  // The whole view is compiled, so that only views that can be run are stored.
  viewOf(received.resource, call);
  const failures = [...faultsOf(received.resource)].map(([element, text]) => {
    const place = `${viewType}.${element}`;
    return failure('view-invalid', {}, { diagnostics: `${place} ${text}`, expression: place });
  });
  const [first, ...rest] = failures;
  if (first !== undefined) throw together([first, ...rest] as [Failure, ...Failure[]], mostFindings);
  const elements = Object.fromEntries(searched.map((name) => [name, received.resource[name]]));
  return { ...received, elements: elements as unknown as Write['elements'] };
}

/** Parameters by which the view is found: the table does not depend on them. */
function* faultsOf(resource: Readonly<Record<string, unknown>>): Generator<readonly [element: string, text: string]> {
  if (resource['status'] === undefined) yield ['status', 'is missing. Give draft, active, retired or unknown.'];
  for (const name of ['url', 'version', 'title'] as const) {
    const value = resource[name];
    if (value === undefined) continue;
    if (typeof value !== 'string' || value.trim() === '' || value.length > longest)
      yield [name, `is a string of 1 to ${longest} characters.`];
    else if (name === 'url' && !canonical.test(value))
      yield [name, 'is an absolute URI without white space, | and #, such as https://example.org/ViewDefinition/a.'];
    else if (name === 'version' && /[\s|]/.test(value))
      yield [name, 'has white space or |, which stands before it in a canonical.'];
    else if (name === 'url' && nationalUrls.has(value))
      yield [name, 'is that of a view of this platform. Give another one.'];
  }
}

const longest = 1_000;
/** A page of them is held in memory. */
const mostCharacters = 256 * 1024;
const canonical = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s|#]+$/;
const nationalUrls: ReadonlySet<unknown> = new Set(nationalViews.map(({ definition }) => definition.url));
