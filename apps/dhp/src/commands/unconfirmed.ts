/** `dhp user …`: links and records that an old rule made, which have no effect until somebody has confirmed them. */
import { openUnconfirmed, type ProofName, type UnconfirmedProofs } from '@dhp/accounts';
import { shownUnconfirmed } from '@dhp/administration';
import { UsageError, type Command, type Values } from '../cli.ts';
import { results } from '../results.ts';
import { print, table } from '../output.ts';
import { environment, environmentOf, everyPage, json, reason, reasonOf, textOf, withSso } from './shared.ts';

function work<T>(values: Values, act: (proofs: UnconfirmedProofs) => Promise<T>): Promise<T> {
  return withSso(values, (sql) => act(openUnconfirmed(sql, { reason: reasonOf(values) })));
}

const list: Command = {
  name: 'user unconfirmed',
  summary: 'List links to identity systems and records that are not confirmed',
  options: { json },
  run: async (values) => {
    const people = await work(values, (proofs) => everyPage((page) => proofs.list(page)));
    if (values['json'] === true) print({ people: people.map(shownUnconfirmed) });
    else if (people.length === 0) process.stdout.write(`${results().identity.noneUnconfirmed}\n`);
    else {
      const rows = people.flatMap(({ username, name, links, identities }) => [
        ...links.map(({ upstream, linked }) => [username, name, `--from ${upstream}`, linked.toISOString()]),
        ...identities.map(({ environment: where, type, fhir_id: id }) => {
          return [username, name, `--record ${type}/${id} --environment ${where}`, ''];
        }),
      ]);
      process.stdout.write(table(['USER NAME', 'NAME', 'WHAT', 'LINKED'], rows));
    }
    return 0;
  },
};

function decision(name: 'user confirm' | 'user reject', summary: string): Command {
  return {
    name,
    summary,
    argument: 'USER_NAME',
    options: {
      from: { type: 'string', value: 'NAME', help: 'the link to this identity system, such as oneid' },
      record: { type: 'string', value: 'TYPE/ID', help: 'the record, such as Practitioner/1' },
      environment,
      reason: { ...reason, required: true },
      json,
    },
    examples: [`dhp ${name} aziza --record Practitioner/pr-1 --environment production --reason 'seen in person'`],
    run: async (values, username) => {
      const what = proofOf(values);
      const person = await work(values, async (proofs) => {
        await (name === 'user confirm' ? proofs.confirm(username, what) : proofs.reject(username, what));
        return proofs.of(username);
      });
      const left = person.links.length + person.identities.length;
      if (values['json'] === true) print(shownUnconfirmed(person));
      else process.stdout.write(`${results().identity.left({ user: username, count: left })}\n`);
      return 0;
    },
  };
}

function proofOf(values: Values): ProofName {
  const [upstream, record] = [textOf(values, 'from'), textOf(values, 'record')];
  if ((upstream === undefined) === (record === undefined)) throw new UsageError(results().identity.linkOrRecord);
  if (upstream !== undefined) return { upstream };
  const [, type, id] = /^(Patient|Practitioner|RelatedPerson)\/([A-Za-z0-9.-]{1,64})$/.exec(record!) ?? [];
  if (type === undefined) throw new UsageError(results().identity.record({ given: record! }));
  return { identity: { environment: environmentOf(values), type: type as 'Patient', fhir_id: id! } };
}

export const unconfirmedCommands: readonly Command[] = [
  list,
  decision('user confirm', 'Confirm a link or record of a person'),
  decision('user reject', 'Reject an unconfirmed link or record; for a link, sessions and tokens end'),
];
