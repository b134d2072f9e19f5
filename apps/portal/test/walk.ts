/** A walk through pages, and its effort for a person: words to read, clicks, and layout shifts while pages load. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';

const observer = `window.shift = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) {
    window.shift += entry.value;
    window.moved = [...(window.moved ?? []), ...entry.sources.map(({ node }) => (node?.id || node?.className || node?.nodeName) ?? '')];
  }
}).observe({ type: 'layout-shift', buffered: true });`;

export class Walk {
  clicks = 0;
  words = 0;
  shift = 0;
  /** Elements of the page with the largest layout shift. */
  moved: readonly string[] = [];
  readonly context: BrowserContext;
  readonly page: Page;

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
  }

  static async begin(browser: Browser, o: { locale: string; width: number }): Promise<Walk> {
    const context = await browser.newContext({ locale: o.locale, viewport: { width: o.width, height: 720 } });
    const page = await context.newPage();
    await page.addInitScript(observer);
    return new Walk(context, page);
  }

  async click(target: Locator | string): Promise<void> {
    this.clicks += 1;
    await (typeof target === 'string' ? this.page.locator(target).first() : target).click();
  }

  /** Counts the visible words of a part of the page as read. */
  async read(part: string): Promise<void> {
    const text = (await this.page.locator(part).first().innerText()).split(/\s+/u);
    this.words += text.filter((word) => /\p{L}/u.test(word)).length;
    const shift = await this.page.evaluate<number>('window.shift');
    if (shift > this.shift) this.moved = await this.page.evaluate<string[]>('window.moved');
    this.shift = Math.max(this.shift, shift);
  }

  get minutes(): number {
    return this.words / 200 + (this.clicks * 3) / 60;
  }

  /** Ends the walk within the limits, and reports its numbers. */
  async end(t: TestContext, name: string): Promise<void> {
    const { clicks, words, minutes, shift, moved } = this;
    t.diagnostic(
      `${name}: ${String(words)} words, ${String(clicks)} clicks, ${minutes.toFixed(1)} minutes, layout shift ${shift.toFixed(4)}`,
    );
    await this.context.close();
    assert.ok(clicks <= 14, `${String(clicks)} clicks`);
    assert.ok(minutes <= 6, `${minutes.toFixed(1)} minutes`);
    assert.ok(shift < 0.05, `layout shift ${String(shift)} of ${moved.join()}`);
  }
}
