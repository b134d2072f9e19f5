/** The signing keys: shown over time, succeeded, replaced, retired. */
import { openKeys, publishAheadSeconds, type KeyInfo, type SigningAlgorithm } from '@dhp/signing-keys';
import { keyQuestion, keysPage, type KeyAsked } from '../pages/key-pages.ts';
import { keyActs } from '../pages/key-texts.ts';
import { operatePath } from '../pages/frame.ts';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';
import { keyActMessages } from '../texts/key-act.ts';

export function addKeys(controller: OperatorController): void {
  const { sql, keyRotation } = controller;
  const keys = openKeys(sql, controller);

  /** Returns when the next key is published: ahead of its use, so that each key signs for the configured interval. */
  function nextOf(all: readonly KeyInfo[], alg: SigningAlgorithm): Date | undefined {
    const newest = all.find((key) => key.alg === alg);
    if (keyRotation === undefined || newest === undefined) return undefined;
    const { intervalSeconds, publishAheadSeconds: ahead = publishAheadSeconds } = keyRotation;
    return new Date(newest.signsFrom.getTime() + (intervalSeconds - ahead) * 1000);
  }

  controller.show('/keys', async ({ query, options }) => {
    const all = await keys.list();
    const done = keyActs.find((act) => act === query.get('notice'));
    const notice = done && keyActMessages[options.language][done].done;
    return { page: keysPage(all, (alg) => nextOf(all, alg), { ...options, notice }) };
  });

  async function find(context: OperatorContext): Promise<KeyAsked | undefined> {
    const act = keyActs.find((one) => one === context.part('act'));
    if (act === 'retire') {
      const all = await keys.list();
      const key = all.find(({ kid, state }) => kid === context.query.get('kid') && state === 'verifying');
      return key && { act, alg: key.alg, key };
    }
    const alg = (['ES256', 'RS256'] as const).find((one) => one === context.query.get('alg'));
    return act && alg && { act, alg };
  }

  controller.ask('/keys/:act', {
    find,
    question: (asked, { options }, again) => keyQuestion(asked, options, again),
    async carryOut({ act, alg, key }, context, _form, reason) {
      if (key === undefined) {
        const values = { alg, at_once: act === 'replace' };
        await controller.carryOut(context, { method: 'POST', path: '/keys' }, { values, reason });
      } else {
        const retire = { method: 'POST', path: '/keys/{kid}/retire' };
        await controller.carryOut(context, retire, { parts: { kid: key.kid }, reason });
      }
      return { goTo: `${operatePath}/keys?notice=${act}` };
    },
  });
}
