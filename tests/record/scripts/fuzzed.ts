/** The requests of `npm run fuzz`: published examples bent in many ways, with odd paths, headers and bodies. */
import { fuzzRequest } from '../../../apps/fhir/test/fuzz/requests.ts';
import { exampleTexts } from '../examples.ts';
import type { Script } from '../session.ts';

export function fuzzed(share: number): Script {
  return {
    kind: 'fuzz corpus',
    share,
    async run(session) {
      const examples = exampleTexts();
      const seed = session.random.below(1_000_000_000);
      for (let number = 0; session.left > 0; number += 1) {
        const { method, path, headers, body } = fuzzRequest(seed, number, examples);
        await session.send({ method, path, headers, ...(body !== undefined && { body }) });
      }
    },
  };
}
