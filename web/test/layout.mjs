import { check, checkEqual } from './browser.mjs';

const widths = [1440, 1024, 820, 390];

/** Nothing is clipped at any width, with and without a pane, and the panes of narrow screens stand below each other. */
export async function checkLayout(page) {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 844 });
    for (const pane of ['Examples', 'Documentation Explorer', 'History', 'GraphiQL Explorer']) {
      await page.getByRole('button', { name: `Show ${pane}` }).click();
      await page.locator('.graphiql-plugin > *').first().waitFor();
      checkEqual(`${width} px with ${pane}: nothing is cut off`, await page.evaluate(cutOff), []);
    }
    await page.getByRole('button', { name: 'Hide GraphiQL Explorer' }).click();
    checkEqual(`${width} px without a pane: nothing is cut off`, await page.evaluate(cutOff), []);
    const stacked = await page.evaluate(isStacked);
    checkEqual(`${width} px: the panes ${width > 900 ? 'stand beside' : 'stand below'} each other`, stacked, width <= 900);
  }
  check('the layout was seen at all widths', '');
}

// Runs in the page: what reaches beyond the window or what holds it, of all that must be read.
function cutOff() {
  const found = [];
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > room) found.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  for (const selector of ['.top-bar h1', '.status li', '.copy-link', '.viewer', '.graphiql-tab', '.graphiql-tab-add', '.graphiql-sidebar button', '.graphiql-execute-button', '.results-bar > *', '.graphiql-query-editor', '.graphiql-response']) {
    for (const element of document.querySelectorAll(selector)) {
      const { left, right, width } = element.getBoundingClientRect();
      const name = `${selector} ${element.textContent.slice(0, 30)}`;
      if (left < 0 || right > room + 1) found.push(`${name}: ${Math.round(left)} to ${Math.round(right)}`);
      if (width < 8) found.push(`${name}: ${width} px wide`);
    }
  }
  const tabs = [...document.querySelectorAll('.graphiql-tab')].map(tab => tab.getBoundingClientRect());
  for (const [n, a] of tabs.entries()) {
    for (const b of tabs.slice(n + 1)) {
      if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) found.push('tabs cover each other');
    }
  }
  return found;
}

// Runs in the page.
function isStacked() {
  const [query, answer] = ['.graphiql-editors', '.graphiql-response'].map(s => document.querySelector(s).getBoundingClientRect());
  return answer.top >= query.bottom - 1;
}
