/** The statement that reads versions and answers the questions about them. docs/decisions/0080-consents-in-reads.md */
import { typeNumber } from '@dhp/fhir-model';
import { containerTypes } from '@dhp/labels';
import { mayRefuse } from '@dhp/search-index/consents';
import { textFor, type IndexTables } from '@dhp/search-index/sql';
import { boundOf, toldOfRead, type AskedOfRead, type BoundQuestions } from './asked-of-read.ts';
import { ids, numbers } from './columns.ts';

interface AskedKey {
  /** Number of the resource type. */
  readonly ty: number;
  readonly id: string;
  readonly asked?: AskedOfRead | undefined;
}

interface Asked {
  readonly keys: readonly AskedKey[];
  /** Bytes of a content that is returned. */
  readonly limit: number;
  /** The active index definition: with another one nothing is answered. */
  readonly searched: { readonly version: number; readonly tables: IndexTables };
}

interface AskedStatement {
  readonly text: string;
  readonly parameters: readonly (string | number)[];
}

/**
 * Returns the statement for some keys. Its rows: the place among the keys, from 1; ver; upd in ms; deleted; the content; the bits of `toldOfRead`.
 * Questions that all keys share are bound once, and single keys are not bound as lists: PostgreSQL materialises each list before reading it.
 */
export function askedStatement({ keys, limit, searched }: Asked): AskedStatement {
  const questions = keys.map(({ asked }) => boundOf(asked));
  const which = lookUpsOf(keys, questions);
  const question = questions.every((each) => each === questions[0]) ? questions[0] : undefined;
  const [only] = keys;
  const form = question === undefined ? 'several' : keys.length === 1 ? 'alone' : 'alike';
  const action = question === undefined ? 0 : question.flags & 3;
  const named =
    form === 'alone' ? [only!.ty, only!.id] : [numbers(keys.map(({ ty }) => ty)), ids(keys.map(({ id }) => id))];
  const common = [...named, limit, searched.version];
  const asked =
    question === undefined
      ? [
          numbers(questions.map(({ flags }) => flags)),
          questions.map(({ callers }) => callers).join(';'),
          questions.map((each) => each.keys).join(';'),
        ]
      : [
          ...((which & lookedUp.consents) === 0 ? [] : [question.callers]),
          ...((which & lookedUp.keys) === 0 ? [] : [question.keys]),
        ];
  const text = texts[searched.tables][form][which + 16 * action]!;
  return { text, parameters: [...common, ...asked] };
}

const containers: ReadonlySet<number> = new Set(containerTypes.map((type) => typeNumber(type)!));

/** Bits of the look-ups of a statement. Unused look-ups are left out: a table that yields nothing costs as much as one that is read. */
const lookedUp = { consents: 1, labels: 2, members: 4, keys: 8 } as const;

/** The look-ups of the statement for these keys: labels by members only if one key is of a type that groups others. */
function lookUpsOf(keys: readonly AskedKey[], questions: readonly BoundQuestions[]): number {
  let which = 0;
  for (const [n, { flags, keys: wanted }] of questions.entries()) {
    if ((flags & 3) !== 0) which |= lookedUp.consents;
    if (wanted !== '{}') which |= lookedUp.keys;
    if ((flags & 4) === 0) continue;
    which |= lookedUp.labels;
    if (containers.has(keys[n]!.ty)) which |= lookedUp.members;
  }
  return which;
}

/** One key; several that ask alike; several that do not. */
type Form = 'alone' | 'alike' | 'several';

function askedText(form: Form, which: number, action: number): string {
  const told = toldText(which, form === 'several' ? ofEach : ofAll(which, action));
  const from = {
    alone: 'fhir.identity d',
    alike: `unnest($1::smallint[], string_to_array($2, ',')) with ordinality as i (ty, id, n)
    join fhir.identity d on d.ty = i.ty and d.id = i.id`,
    several: `unnest($1::smallint[], string_to_array($2, ','), $5::int[], string_to_array($6, ';'), string_to_array($7, ';')) with ordinality as i (ty, id, flags, callers, keys, n)
    join fhir.identity d on d.ty = i.ty and d.id = i.id`,
  }[form];
  return `select ${form === 'alone' ? '1' : 'i.n'}, r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
    case when octet_length(r.content) <= $3::int then r.content end,
    case when (select x.complete from fhir.index_state x where x.single and x.version = $4::int) then (
      select ${told} from fhir.search s where s.rid = r.rid and s.shard = r.shard) end
  from ${from}
    join fhir.resource r on r.rid = d.rid and r.shard = d.shard${form === 'alone' ? ' where d.ty = $1::smallint and d.id = $2' : ''}`;
}

/** The places of a question in a statement. */
interface Places {
  readonly action: string;
  readonly callers: string;
  readonly keys: string;
  /** Conditions under which a row is looked up, each followed by `and`. */
  readonly when: { readonly consents: string; readonly labels: string };
}

const ofEach: Places = {
  action: '(i.flags & 3)',
  callers: 'i.callers::bigint[]',
  keys: 'i.keys::bigint[]',
  when: { consents: 'i.flags & 3 > 0 and ', labels: 'i.flags & 4 > 0 and ' },
};

function ofAll(which: number, action: number): Places {
  const keys = (which & lookedUp.consents) === 0 ? 5 : 6;
  return {
    action: String(action),
    callers: '$5::bigint[]',
    keys: `$${keys}::bigint[]`,
    when: { consents: '', labels: '' },
  };
}

function toldText(which: number, { action, callers, keys, when }: Places): string {
  const has = (what: keyof typeof lookedUp): boolean => (which & lookedUp[what]) !== 0;
  const bit = (isSo: string, told: number): string => `case when ${isSo} then ${told} else 0 end`;
  const parts = [];
  if (has('consents'))
    parts.push(
      bit(
        `${when.consents}s.pat is not null and not exists (select 1 from fhir.consent ck where ck.pat = s.pat
          and ck.since <= statement_timestamp() and statement_timestamp() < ck.until and ${mayRefuse(plain, { action, callers }, 's')})`,
        toldOfRead.unrefused,
      ),
    );
  if (has('labels'))
    parts.push(
      bit(
        `${when.labels}not exists (select 1 from fhir.label l where l.own = s.own)${has('members') ? byMembers : ''}`,
        toldOfRead.unlabelled,
      ),
    );
  if (has('keys')) parts.push(bit(`s.keys && ${keys}`, toldOfRead.hasKey));
  return parts.length === 0 ? '0' : parts.join(' + ');
}

const byMembers = ` and (s.ty <> all('{${[...containers].join(',')}}'::smallint[]) or not exists (select 1 from fhir.label_member m where m.own = s.own))`;

/** A text of pieces of texts. */
function plain(strings: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return strings.reduce((text, next, n) => `${text}${String(values[n - 1])}${next}`);
}

/** By the bits of the look-ups, and before them those of the action. */
function textsOf(form: Form, tables: IndexTables): readonly string[] {
  return Array.from({ length: 64 }, (_, which) => textFor(askedText(form, which & 15, which >> 4), tables));
}

function textsFor(tables: IndexTables): Readonly<Record<Form, readonly string[]>> {
  return { alone: textsOf('alone', tables), alike: textsOf('alike', tables), several: textsOf('several', tables) };
}

/** The texts are made once: pieces of statements take longer than the question. */
const texts: Readonly<Record<IndexTables, Readonly<Record<Form, readonly string[]>>>> = {
  a: textsFor('a'),
  b: textsFor('b'),
};
