/** A timeline with a bar for each key: published, signing, and kept for verification. */
import type { KeyInfo } from '@dhp/signing-keys';
import { markup, type Html } from '@dhp/web-kit';
import { locales } from '@dhp/sso-kit';
import type { OperatorPageOptions } from './frame.ts';
import { keyMessages } from '../texts/key.ts';

const [width, bar, gap] = [240, 9, 5];
const day = 86_400_000;

export function keyChart(keys: readonly KeyInfo[], o: OperatorPageOptions): Html {
  if (keys.length === 0) return markup``;
  const words = keyMessages[o.language];
  const now = o.now.getTime();
  // The range reaches back at most 14 days and ahead a little: otherwise an old key would fill the chart.
  const past = Math.min(now - day / 2, ...keys.map(({ created }) => Math.max(created.getTime(), now - 14 * day)));
  const ahead = Math.max(
    now + (now - past) / 3,
    ...keys.map(({ retires }) => (retires?.getTime() ?? 0) + (now - past) / 20),
  );
  const at = (when: number): number =>
    Math.round(((Math.min(Math.max(when, past), ahead) - past) / (ahead - past)) * width * 100) / 100;
  const height = keys.length * (bar + gap) + gap;
  const rows = keys.map((key, n) => {
    const y = gap + n * (bar + gap);
    const part = (look: string, from: number, to: number): Html =>
      at(to) - at(from) < 0.2
        ? markup``
        : markup`<rect class="${look}" x="${String(at(from))}" y="${String(y)}" width="${String(at(to) - at(from))}" height="${String(bar)}" rx="1.5"/>`;
    const follows = keys.filter((one) => one.signsFrom > key.signsFrom).map(({ signsFrom }) => signsFrom.getTime());
    const stops = Math.min(key.retires?.getTime() ?? ahead, ...follows);
    return markup`${part('soft', key.created.getTime(), key.signsFrom.getTime())}${part('good', key.signsFrom.getTime(), stops)}${part('soft', stops, key.retires?.getTime() ?? stops)}`;
  });
  const format = new Intl.DateTimeFormat(locales[o.language], { timeZone: o.timeZone, dateStyle: 'short' });
  return markup`<div class="bars"><svg height="${String(height * 1.7)}" viewBox="0 0 ${String(width)} ${String(height)}" preserveAspectRatio="none" role="img" aria-label="${words.chart}">${rows}<path class="now" vector-effect="non-scaling-stroke" d="M${String(at(now))} 0V${String(height)}"/></svg>
<p class="scale" aria-hidden="true"><span>${format.format(past)}</span><span>${format.format(ahead)}</span></p>
<p class="legend" aria-hidden="true">${swatch('good', words.signing)}${swatch('soft', words.kept)}<span><svg viewBox="0 0 20 16"><path class="now" d="M10 0V16"/></svg>${words.now}</span></p></div>`;
}

function swatch(look: 'good' | 'soft', words: string): Html {
  return markup`<span><svg viewBox="0 0 20 16"><rect class="${look}" width="20" height="16" rx="3"/></svg>${words}</span>`;
}
