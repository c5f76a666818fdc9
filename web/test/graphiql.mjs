// End-to-end test of the GraphiQL page, in a real browser against a running server:
//
//   node web/test/graphiql.mjs http://127.0.0.1:8080/graphiql/ [screenshot.png]

import { answered, check, checkEqual, checkQuiet, load, queryOf, responseOf, run, tabTitles, tally, type, variablesOf, watch, withBrowser } from './browser.mjs';
import { checkAddress } from './address.mjs';
import { checkLayout } from './layout.mjs';
import { checkResults } from './results.mjs';
import { checkSignIn } from './signin.mjs';

async function examplesOf(url) {
  const response = await fetch(new URL('examples.json', url));
  return response.json();
}

async function checkFirstSight(page, [first], schema, screenshot) {
  checkEqual('the page has its title', await page.title(), 'DECNET Graph');
  check('the first example has run at first sight', await answered(page));
  checkEqual('it is the only tab', await tabTitles(page), [first.operation]);
  checkEqual('its query is in the editor', await queryOf(page), first.query);
  await page.locator('.results table').waitFor();
  check('its answer is a table, too');
  const status = await page.locator('.status li').allTextContents();
  const said = [/^SQLite, DECNET’s tables$/, /^ATT&CK \d+\.\d+$/, /^[\d,]+ tags$/, /^newest \d{4}-\d\d-\d\d \d\d:\d\d UTC$/, /^read-only$/];
  check('the status line says what is served', said.every((fact, n) => fact.test(status[n])) ? '' : status.join(' | '));
  if (screenshot) await picture(page, screenshot);
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.locator('.graphiql-doc-explorer-content', { hasText: 'Root Types' }).waitFor();
  const docs = await page.locator('.graphiql-doc-explorer-content').innerText();
  check("the docs begin with the schema's description", docs.startsWith(schema.description) ? '' : docs.slice(0, 200));
}

async function picture(page, path) {
  await page.mouse.move(0, 0); // off the run button, whose tooltip covers the query
  await page.waitForFunction(() => {
    const words = [...document.querySelectorAll('.graphiql-query-editor .view-line span[class^="mtk"]')];
    return new Set(words.map(word => word.className)).size > 1; // the syntax is coloured
  });
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path });
}

/** Opens every example from the menu, as people do. */
async function checkExamples(page, examples) {
  await page.getByRole('button', { name: 'Show Examples' }).click();
  for (const example of examples) {
    await page.locator('.examples').getByRole('button', { name: example.question }).click();
    await page.locator('.examples [aria-current]', { hasText: example.question }).waitFor();
    if (example.writes) {
      checkEqual(`${example.title} does not run by itself, because it writes`, await responseOf(page), '');
      continue;
    }
    check(`${example.title} answers with data, without errors`, await answered(page));
    const variables = await variablesOf(page);
    for (const path of Object.keys(example.find)) {
      const value = valueAt(JSON.parse(variables), path);
      check(`${example.title} has found ${path} in the database`, value === valueAt(JSON.parse(example.variables), path) ? `it is ${value} still` : '');
    }
  }
  checkEqual('examples that nobody has changed share a tab', (await tabTitles(page)).length, 1);
}

const valueAt = (value, path) => path.split('.').reduce((at, step) => at[step], value);

/** The explorer must leave the focus and its own scroll position alone: a key press would rewrite the query. */
async function checkExplorer(page) {
  const query = '{ campaigns(first: 2, since: "2026-01-01T00:00:00Z") { nodes { uuid tags(first: 3) { nodes { uuid } } } } }';
  await type(page, query);
  await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click();
  await page.locator('.graphiql-explorer-root input').nth(2).waitFor();
  const focus = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  checkEqual('the explorer leaves the focus on the button that opened it', focus, 'Hide GraphiQL Explorer');
  checkEqual('the explorer does not scroll', await page.locator('.graphiql-plugin').evaluate(pane => pane.scrollTop), 0);
  await page.keyboard.press('7');
  await page.waitForTimeout(500); // GraphiQL stores an edit after 100 ms
  checkEqual('a key press does not change the query', await queryOf(page), query);
}

/** A release with other examples must leave the tabs of a returning user as they were. */
async function checkUpgrade(page) {
  const mine = 'query Mine { __typename }';
  await page.getByRole('button', { name: 'New tab' }).click();
  await type(page, mine);
  await page.waitForFunction(text => localStorage.getItem('graphiql:tabState')?.includes(JSON.stringify(text)), mine);
  const before = await tabTitles(page);
  await page.route('**/examples.json', route => route.fulfill({ json: [] }));
  await load(page, () => page.reload());
  checkEqual('the tabs outlive a release with other examples', await tabTitles(page), before);
  checkEqual('the open tab outlives it too', await queryOf(page), mine);
  check('the open query has run again', await answered(page));
  await page.unroute('**/examples.json');
}

async function main(url, screenshot) {
  const examples = await examplesOf(url);
  await withBrowser(async browser => {
    const page = await browser.newPage();
    const seen = await watch(page);
    try {
      const schema = await load(page, () => page.goto(url));
      check('the schema loads', schema ? '' : 'introspection gave none');
      await checkFirstSight(page, examples, schema, screenshot);
      await checkExamples(page, examples);
      await checkExplorer(page);
      await checkResults(page, run);
      await checkAddress(browser, page, url, examples, seen);
      await checkUpgrade(page);
      await checkLayout(page);
      await checkSignIn(browser, url);
    } catch (error) {
      check('the test comes to its end', error.stack);
    }
    checkQuiet(seen, url);
  });
}

if (process.argv.length < 3) {
  console.error('usage: node graphiql.mjs URL [screenshot.png]');
  process.exit(2);
}
await main(...process.argv.slice(2));
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed ? 1 : 0);
