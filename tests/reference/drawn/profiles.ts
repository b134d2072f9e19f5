/** Profiles made for one example each: by what is in it, over another such profile, imposed by one, or said to comply with one. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { spoilt } from '../mutants.ts';
import { home, profile } from '../provoked/definition.ts';
import { isBefore, spotOf, type Elements, type Spot } from './spots.ts';
import { makes } from './statements.ts';

/** A resource, with the definitions that are beside it. */
export interface Drawn {
  readonly kind: string;
  readonly resource: Json;
  readonly definitions: readonly Json[];
}

const structure = (id: string): string => `${home}/StructureDefinition/${id}`;
const claim = (url: string, profile: string): Json => ({
  url: `http://hl7.org/fhir/StructureDefinition/structuredefinition-${url}`,
  valueCanonical: structure(profile),
});

interface Statements {
  readonly kind: string;
  readonly elements: Elements;
  readonly definitions: readonly Json[];
}

/** Statements about elements of the resource, in their order; undefined if none was found. */
function statementsOf(
  resource: Json,
  random: Random,
  id: string,
  spots = spotsOf(resource, random),
): Statements | undefined {
  const made: {
    readonly spot: Spot;
    readonly kind: string;
    readonly elements: Elements;
    readonly definitions?: readonly Json[];
  }[] = [];
  for (const [i, spot] of spots.entries()) {
    for (let tries = 0; tries < 8; tries += 1) {
      const [kind, make] = random.pick(Object.entries(makes));
      const statement = make(spot, random, `${id}-${i}`);
      if (statement === undefined) continue;
      made.push({ spot, kind, ...statement });
      break;
    }
  }
  if (made.length === 0) return undefined;
  made.sort((a, b) => (isBefore(a.spot.order, b.spot.order) ? -1 : 1));
  return {
    kind: made.map(({ kind }) => kind).join(' + '),
    elements: Object.assign({}, ...made.map(({ elements }) => elements)) as Elements,
    definitions: made.flatMap(({ definitions = [] }) => definitions),
  };
}

/** One element or two, in other branches of the resource. */
function spotsOf(resource: Json, random: Random): Spot[] {
  const spots: Spot[] = [];
  for (let i = 0; i < 1 + random.below(2); i += 1) {
    const spot = spotOf(resource, random);
    if (spot !== undefined && !spots.some(({ order }) => order[0] === spot.order[0])) spots.push(spot);
  }
  return spots;
}

/** A profile for the example, now and then over another one or with one that it imposes. */
function profileFor(
  resource: Json,
  random: Random,
  id: string,
): (Statements & { readonly definition: Json }) | undefined {
  const statements = statementsOf(resource, random, id);
  if (statements === undefined) return undefined;
  const type = resource['resourceType'] as string;
  const below = random.oneIn(4) ? statementsOf(resource, random, `${id}-base`) : undefined;
  const isImposed = random.oneIn(4);
  const more: Json = {
    ...(below !== undefined &&
      (isImposed
        ? { extension: [claim('imposeProfile', `${id}-base`)] }
        : { baseDefinition: structure(`${id}-base`) })),
  };
  const base = below === undefined ? [] : [profile(`${id}-base`, type, below.elements), ...below.definitions];
  return {
    kind: below === undefined ? statements.kind : `${statements.kind} ${isImposed ? 'with' : 'over'} ${below.kind}`,
    elements: statements.elements,
    definition: profile(id, type, statements.elements, more),
    definitions: [...statements.definitions, ...base],
  };
}

/** The example with a claim to the profile, in another resource now and then. */
function claiming(resource: Json, id: string, random: Random): Json {
  const { resourceType, ...rest } = resource;
  const version = random.oneIn(8) ? random.pick(['|1.0.0', '|1.0', '|2.0.0']) : '';
  const made = { resourceType, ...rest, meta: { profile: [structure(id) + version] } };
  if (random.oneIn(8))
    return {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        {
          fullUrl: `http://provoked.test/fhir/${String(resourceType)}/${typeof rest['id'] === 'string' ? rest['id'] : 'a'}`,
          resource: made,
        },
      ],
    };
  if (random.oneIn(8)) return { resourceType: 'Parameters', parameter: [{ name: 'a', resource: made }] };
  return made;
}

export function instance(resource: Json, random: Random, id: string): Drawn | undefined {
  const made = profileFor(resource, random, id);
  if (made === undefined) return undefined;
  const changed = random.oneIn(4) ? spoilt(resource, random) : resource;
  if (changed === undefined) return undefined;
  return {
    kind: made.kind,
    resource: claiming(changed, id, random),
    definitions: [made.definition, ...made.definitions],
  };
}

/** The profile itself, wrong in one thing now and then. */
export function definition(resource: Json, random: Random, id: string): Drawn | undefined {
  const made = profileFor(resource, random, id);
  const shown = made && (random.oneIn(3) ? spoilt(made.definition, random) : made.definition);
  return shown && { kind: `profile: ${made.kind}`, resource: shown, definitions: made.definitions };
}

/** A profile that is said to comply with another one about the same elements. */
export function compliance(resource: Json, random: Random, id: string): Drawn | undefined {
  const spots = spotsOf(resource, random);
  const claimed = statementsOf(resource, random, `${id}-claimed`, spots);
  if (claimed === undefined) return undefined;
  const own = random.oneIn(6)
    ? { kind: 'nothing', elements: {}, definitions: [] }
    : statementsAlike(resource, random, id, spots, claimed);
  if (own === undefined) return undefined;
  const type = resource['resourceType'] as string;
  return {
    kind: `complies: ${own.kind} with ${claimed.kind}`,
    resource: profile(id, type, own.elements, { extension: [claim('compliesWithProfile', `${id}-claimed`)] }),
    definitions: [profile(`${id}-claimed`, type, claimed.elements), ...claimed.definitions, ...own.definitions],
  };
}

/** Statements of the same kinds, where chance finds them, or of other kinds. */
function statementsAlike(
  resource: Json,
  random: Random,
  id: string,
  spots: readonly Spot[],
  claimed: Statements,
): Statements | undefined {
  if (random.oneIn(6)) return claimed;
  let made: Statements | undefined;
  for (let tries = 0; tries < 12; tries += 1) {
    made = statementsOf(resource, random, id, [...spots]);
    if (made?.kind === claimed.kind) break;
  }
  return made;
}
