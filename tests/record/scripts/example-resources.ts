/** Published examples, written and read in every way. */
import type { Answer, Sent } from '../entry.ts';
import { exampleTexts, type ExampleText } from '../examples.ts';
import type { Script, Session } from '../session.ts';
import { fhirJson } from './world.ts';

const fhirXml = { 'content-type': 'application/fhir+xml' } as const;
const asXml = { accept: 'application/fhir+xml' } as const;
const asJson = { accept: 'application/fhir+json' } as const;

/** @param offset where among the examples it begins, so that lanes take others */
export function exampleResources(share: number, offset: number): Script {
  return {
    kind: 'examples',
    share,
    async run(session) {
      const examples = exampleTexts();
      // As many as fit, from all over the alphabet.
      const step = Math.max(1, Math.floor((examples.length * 5) / session.left));
      for (let at = offset; session.left > 0; at += step) {
        await writeAndRead(session, examples[at % examples.length]!, Math.floor(at / examples.length));
      }
    },
  };
}

async function writeAndRead(session: Session, example: ExampleText, round: number): Promise<void> {
  const { random } = session;
  const { type, id, text } = example;
  const isNamed = id !== undefined && round === 0 && !random.oneIn(6);
  const written = await session.send(
    isNamed
      ? { method: 'PUT', path: `/${type}/${id}`, headers: fhirJson, body: text }
      : { method: 'POST', path: `/${type}`, headers: { ...fhirJson, prefer: preference(random.below(4)) }, body: text },
  );
  if (written.status >= 300) return;
  const path = isNamed ? `/${type}/${id}` : pathOf(written);
  const requests: Sent[] = [
    { method: 'GET', path, headers: asJson },
    { method: 'GET', path, headers: asXml },
    { method: 'HEAD', path },
    { method: 'GET', path: `${path}/_history/1`, headers: random.oneIn(2) ? asXml : asJson },
    { method: 'GET', path: `${path}?_format=${random.pick(['json', 'xml', 'application/fhir%2Bjson'])}&_pretty=true` },
    { method: 'GET', path, headers: { 'if-none-match': 'W/"1"' } },
    { method: 'DELETE', path, headers: { 'if-match': random.pick(['W/"1"', 'W/"2"']) } },
  ];
  const [first, ...others] = requests;
  const read = await session.send(first!);
  if (read.status === 200 && random.oneIn(3)) await updateAsXml(session, path);
  for (const request of others) if (random.oneIn(3) && session.left > 0) await session.send(request);
}

/** Updates a resource with its own body in XML, which makes the next version. */
async function updateAsXml(session: Session, path: string): Promise<void> {
  const { status, text, headers } = await session.send({ method: 'GET', path, headers: asXml });
  if (status !== 200) return;
  const changes = { ...fhirXml, ...(headers['etag'] !== undefined && { 'if-match': headers['etag'] }) };
  await session.send({ method: 'PUT', path, headers: { ...changes, accept: 'application/fhir+xml' }, body: text });
}

function preference(n: number): string {
  return ['return=minimal', 'return=representation', 'return=OperationOutcome', 'handling=strict'][n]!;
}

/** Below the base URL. */
export function pathOf({ headers }: Answer): string {
  return (headers['location'] ?? '').replace(/^.*\/fhir(?=\/)/, '').replace(/\/_history\/.*/, '');
}
