/** Versions made and deleted, and their history of an instance, a type and the system. */
import type { Script, Session } from '../session.ts';
import { fhirJson } from './world.ts';
import { linkOf } from './searches.ts';

const queries = [
  ...['', '', '?_count=2', '?_count=0', '?_count=x', '?_sort=-_lastUpdated', '?_sort=_lastUpdated', '?_sort=none'],
  ...[
    '?_since=2020-01-01',
    '?_since=2100-01-01',
    '?_since=x',
    '?_at=2026',
    '?_at=ge2020',
    '?_at=2100-01',
    '?_before=2',
  ],
  ...[
    '?_after=1',
    '?_list=list',
    '?_cursor=x',
    '?_elements=id',
    '?_summary=true',
    '?_format=xml',
    '?x=y',
    '?_count=3&_since=2024',
  ],
];

async function change(session: Session): Promise<void> {
  const { random } = session;
  const id = `h${random.below(15)}`;
  const path = `/Observation/${id}`;
  if (random.oneIn(4)) {
    await session.send({ method: 'DELETE', path });
    return;
  }
  const resource = {
    ...{
      resourceType: 'Observation',
      id,
      status: random.pick(['final', 'amended']),
      code: { text: `c${random.below(9)}` },
    },
    subject: { reference: `Patient/p${random.below(6)}` },
  };
  const headers = { ...fhirJson, 'if-match': `W/"${1 + random.below(4)}"` };
  const isChecked = random.oneIn(3);
  await session.send({ method: 'PUT', path, headers: isChecked ? headers : fhirJson, body: JSON.stringify(resource) });
}

async function look(session: Session): Promise<void> {
  const { random } = session;
  const instance = `/Observation/h${random.below(16)}`;
  const place = random.pick([instance, instance, instance, '/Observation', '/Patient', '']);
  const version = `${instance}/_history/${random.pick(['1', '2', '3', '9', '0', 'x'])}`;
  const path = random.oneIn(4) ? version : `${place}/_history${random.pick(queries)}`;
  const answer = await session.send({ method: 'GET', path });
  const next = random.oneIn(2) ? linkOf(answer, 'next') : undefined;
  if (next !== undefined && session.left > 0) await session.send({ method: 'GET', path: next });
}

export function history(share: number): Script {
  return {
    kind: 'history',
    share,
    async run(session) {
      while (session.left > 0) await (session.random.oneIn(3) ? change(session) : look(session));
    },
  };
}
