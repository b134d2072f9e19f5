/** Arguments of `npm run reference`, apart from its work: what they say, and what is wrong with them, is told before any validator is loaded. */
import { readArguments } from '../../scripts/arguments.ts';
import type { CorpusName } from './corpora.ts';

export const command = 'npm run reference';

/** Their names alone: to make them takes a second. */
const corpora: Readonly<Record<CorpusName, true>> = {
  ...{
    mutants: true,
    examples: true,
    national: true,
    odd: true,
    provoked: true,
    sent: true,
    grown: true,
    placed: true,
  },
  ...{ xml: true, ruled: true, shaped: true, drawn: true, stepped: true, topics: true, edges: true },
};

const help = `Compares our findings with those of HL7's reference validator (6.10.4), which Maven resolves and Java runs, offline.

Usage: npm run reference -- [--seed N] [--count M] [OPTIONS]
       npm run reference -- --corpus NAME [OPTIONS]
       npm run reference -- terminology [OPTIONS]   HL7's terminology test runner; see its --help
       npm run reference -- expressions [OPTIONS]   FHIRPath made by chance, by three engines; see its --help

  --seed N       mutants of the published examples; the same seed makes the same; default 1
  --count M      how many mutants; default 500
  --national     mutants of the examples of the national package, with its profiles
  --odd          resources of every type, made from nothing, as people write them by hand
  --grown        resources that a grammar writes: profiles with instances, definitions, faults at depths at which mutants are not
  --placed       values at the edges of their types at each kind of place, claims of profiles, narratives, Bundles of each type
  --ruled        published examples with faults made from what is stated: rules, published extensions, contents of types, Bundles
  --shaped       profiles sliced in each way, statements of each type, rules by a grammar, codes held to value sets, JSON of other shapes
  --drawn        definitions made for each resource alone: profiles by what an example has, questionnaires, terminology
  --stepped      cases of HL7's validator that stand beside the repository, changed in one step, or their definitions
  --topics       resources of some 40 topics in turn, as suites of cases have them: each right as it is, and turned once or twice
  --edges        what nobody would publish, one oddity each: narratives, values at the edges of their types, links, Bundles, odd XML
  --xml          published examples in XML, as they are and with faults that only XML can have
  --blind        published examples, edited by chance as JSON that nobody understands
  --corpus NAME  compares with what was recorded of a corpus, without Java: ${Object.keys(corpora).join(', ')}
  --record       with --corpus: asks the reference and records its findings, which npm test compares with; of mutants by --seed and
                 --count, of examples and the national package every Nth (--every)
  --more         with --record: asks of what is new in the corpus alone
  --every N      with --record; default 1
  --limits       with --corpus: its agreement is what npm test asks for from now on
  --page         writes docs/reports/agreement.md: what was run, against which versions, and each difference with its reason
  --top T        how many differences are shown; default 30
  --out FILE     writes the resources with the findings of both, one JSON object a line
  --messages     brings the table of messages up to date, by the findings that agree in what was recorded; with --from, there too
  --from FILE    takes resources and findings of the reference from such a file, instead of asking it
  --help         this text

Errors and warnings are compared, by code and expression. Without Java and Maven nothing is asked.
`;

export type Options = ReturnType<typeof readOptions>;

/** Returns the options of this process, and ends it where it was given others. */
export function readOptions() {
  const { values } = readArguments({
    command,
    help,
    options: {
      seed: { type: 'string' },
      count: { type: 'string' },
      national: { type: 'boolean', default: false },
      odd: { type: 'boolean', default: false },
      grown: { type: 'boolean', default: false },
      placed: { type: 'boolean', default: false },
      ruled: { type: 'boolean', default: false },
      shaped: { type: 'boolean', default: false },
      drawn: { type: 'boolean', default: false },
      stepped: { type: 'boolean', default: false },
      topics: { type: 'boolean', default: false },
      edges: { type: 'boolean', default: false },
      xml: { type: 'boolean', default: false },
      blind: { type: 'boolean', default: false },
      top: { type: 'string' },
      out: { type: 'string' },
      from: { type: 'string' },
      messages: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      every: { type: 'string' },
      more: { type: 'boolean', default: false },
      corpus: { type: 'string' },
      limits: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
    },
  });
  return values;
}
