/** The signing keys over time, and the acts on them. */
import type { KeyInfo, SigningAlgorithm } from '@dhp/signing-keys';
import { markup, type Html } from '@dhp/web-kit';
import { time } from '@dhp/sso-kit';
import {
  card,
  chip,
  facts,
  operatePath,
  operatorPage,
  timeWithZone,
  zoneName,
  type OperatorPageOptions,
} from './frame.ts';
import { keyChart } from './key-chart.ts';
import { type KeyAct } from './key-texts.ts';
import { questionPage, type Question } from './question-page.ts';
import { keyMessages } from '../texts/key.ts';
import { keyActMessages } from '../texts/key-act.ts';
import { operatorMessages } from '../texts/operator.ts';

const keysPath = `${operatePath}/keys`;
const algorithms = ['ES256', 'RS256'] as const;

/** When the next key of an algorithm is published automatically; undefined if that never happens. */
export type NextKey = (alg: SigningAlgorithm) => Date | undefined;

export function keysPage(keys: readonly KeyInfo[], nextOf: NextKey, o: OperatorPageOptions): string {
  const [text, words] = [operatorMessages[o.language], keyMessages[o.language]];
  const cards = algorithms.map((alg) =>
    ofAlgorithm(
      alg,
      keys.filter((key) => key.alg === alg),
      nextOf(alg),
      o,
    ),
  );
  const content = markup`<h2>${text.tabs.keys}</h2><p class="quiet lead">${words.lead}</p>
<div class="cards">${cards}
${card(words.emergency, markup`<p class="quiet">${words.emergencyHint}</p><div class="actions">${algorithms.map((alg) => markup`<a class="button danger" href="${keysPath}/replace?alg=${alg}">${keyActMessages[o.language].replace.label}: ${alg}</a>`)}</div>`)}</div>
<div class="pages"><p>${text.times({ zone: zoneName(o) })}</p></div>`;
  return operatorPage('keys', o, { title: text.tabs.keys, content });
}

function ofAlgorithm(
  alg: SigningAlgorithm,
  keys: readonly KeyInfo[],
  next: Date | undefined,
  o: OperatorPageOptions,
): Html {
  const words = keyMessages[o.language];
  const rows = keys.map((key) => row(key, o));
  const coming =
    next === undefined
      ? markup`<p class="quiet small">${words.next}: ${words.neverByItself}</p>`
      : markup`<p class="quiet small">${words.next}: ${words.byItself}, ${time(next, o)}</p>`;
  return card(
    words[alg],
    markup`${keyChart(keys, o)}<ul class="rows">${rows}</ul>${coming}
<div class="actions"><a class="button other" href="${keysPath}/rotate?alg=${alg}">${words.begin}</a></div>`,
    'half',
  );
}

const looks = { published: 'wait', signing: 'good', verifying: 'plain-chip' } as const;

function row(key: KeyInfo, o: OperatorPageOptions): Html {
  const words = keyMessages[o.language];
  const leaves = key.retires === undefined ? markup`${words.stays}` : time(key.retires, o);
  const retire =
    key.state === 'verifying'
      ? markup`<a class="button danger" href="${keysPath}/retire?kid=${encodeURIComponent(key.kid)}">${keyActMessages[o.language].retire.label}</a>`
      : markup``;
  return markup`<li><div>${chip(words[key.state], looks[key.state])} <code>${key.kid.slice(0, 12)}…</code>
<small>${words.signsFrom}: ${time(key.signsFrom, o)}</small><small>${words.leaves}: ${leaves}</small></div>${retire}</li>`;
}

export interface KeyAsked {
  act: KeyAct;
  alg: SigningAlgorithm;
  /** The key to retire. */
  key?: KeyInfo;
}

export function keyQuestion({ act, alg, key }: KeyAsked, o: OperatorPageOptions, again: Question['again']): string {
  const words = keyMessages[o.language];
  const about = facts([
    [words.algorithm, words[alg]],
    key === undefined ? undefined : ['kid', markup`<code>${key.kid}</code>`],
    key?.retires === undefined ? undefined : [words.leaves, timeWithZone(key.retires, o)],
  ]);
  const asked = new URLSearchParams(key === undefined ? { alg } : { kid: key.kid }).toString();
  const question = {
    tab: 'keys',
    act: keyActMessages[o.language][act],
    name: key?.kid.slice(0, 8) ?? alg,
    about,
  } as const;
  const isDangerous = act !== 'rotate';
  return questionPage({ ...question, action: `${keysPath}/${act}?${asked}`, back: keysPath, isDangerous, again }, o);
}
