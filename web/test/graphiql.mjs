// End-to-end test of the GraphiQL page, in a real browser against a running server:
//
//   node web/test/graphiql.mjs http://127.0.0.1:8080/graphiql/ [screenshot.png]
//
// CHROMIUM names another browser than /usr/bin/chromium.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

import { readExamples } from '../build/examples.js';

const patience = 120_000; // milliseconds for each wait; a busy machine may need many seconds
const browserFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const violationMark = 'CSP violation:';

const examples = readExamples(fileURLToPath(new URL('../examples', import.meta.url)));
const tally = { passed: 0, failed: 0 };

function check(fact, problem) {
  tally[problem ? 'failed' : 'passed']++;
  console.log(problem ? `FAILED  ${fact}: ${problem}` : `ok      ${fact}`);
}

function checkEqual(fact, got, want) {
  const [g, w] = [JSON.stringify(got), JSON.stringify(want)];
  check(fact, g === w ? '' : `got ${g}, want ${w}`);
}

function checkNone(fact, found) {
  check(fact, [...new Set(found)].join('; '));
}

/** Everything the browser has to complain about, and every host it asks. */
async function watch(page) {
  const seen = { console: [], violations: [], errors: [], failures: [], hosts: new Set() };
  page.on('console', message => {
    const text = message.text();
    if (text.startsWith(violationMark)) seen.violations.push(text);
    else if (['error', 'warning'].includes(message.type())) seen.console.push(text);
  });
  page.on('pageerror', error => seen.errors.push(String(error)));
  page.on('requestfailed', request => seen.failures.push(`${request.url()} ${request.failure()?.errorText}`));
  page.on('response', response => {
    if (response.status() >= 400) seen.failures.push(`${response.url()} ${response.status()}`);
  });
  page.on('request', request => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol)) seen.hosts.add(url.host);
  });
  await page.addInitScript(mark => {
    document.addEventListener('securitypolicyviolation', event => {
      console.error(mark, event.violatedDirective, event.blockedURI);
    });
  }, violationMark);
  return seen;
}

/** Opens the page by navigate() and waits for GraphiQL's editors; true if the server gave a schema. */
async function load(page, navigate) {
  const asked = page.waitForResponse(r => r.request().postData()?.includes('IntrospectionQuery') ?? false);
  await Promise.all([asked, navigate()]);
  const { data } = await (await asked).json();
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  await page.locator('.result-window .monaco-editor').waitFor();
  await page.locator('.graphiql-spin').waitFor({ state: 'detached' }); // the schema button turns while it loads
  return Boolean(data?.__schema);
}

const tabTitles = page => page.locator('.graphiql-tab-button').allTextContents();

// Runs in the page: the text of one of GraphiQL's editors, all of it, where the
// page's elements hold the visible lines only.
const textOf = suffix =>
  globalThis.__MONACO.editor.getModels().find(model => model.uri.path.endsWith(suffix)).getValue();

const editorText = (page, suffix) => page.evaluate(textOf, suffix);

async function openTab(page, index, text) {
  await page.locator(`#graphiql-session-tab-${index}`).click();
  // GraphiQL stores the query in the same step that makes its operation the one to run.
  await page.waitForFunction(want => localStorage.getItem('graphiql:query') === want, text);
}

/** Runs the open tab and returns what is wrong with the answer. */
async function run(page) {
  await page.locator('.graphiql-execute-button').click();
  await page.waitForFunction(textOf, 'response.json');
  await page.locator('.graphiql-response .graphiql-spinner').waitFor({ state: 'detached' });
  await page.locator('.result-window .view-line', { hasText: /"(data|errors)"/ }).first().waitFor();
  const answer = JSON.parse(await editorText(page, 'response.json'));
  if (answer.errors) return JSON.stringify(answer.errors);
  return answer.data ? '' : 'no data';
}

async function checkExamples(page, screenshot) {
  checkEqual('every example is a tab', await tabTitles(page), examples.map(example => example.title));
  for (const [index, { title, text }] of examples.entries()) {
    if (index > 0) await openTab(page, index, text);
    checkEqual(`${title} holds its example`, await editorText(page, 'operation.graphql'), text);
    check(`${title} answers with data, without errors`, await run(page));
    if (index === 0 && screenshot) await picture(page, screenshot);
  }
}

async function picture(page, path) {
  await page.mouse.move(0, 0); // off the run button, whose tooltip covers the query
  await page.getByRole('tooltip').waitFor({ state: 'detached' });
  await page.waitForFunction(() => {
    const words = [...document.querySelectorAll('.graphiql-query-editor .view-line span[class^="mtk"]')];
    return new Set(words.map(word => word.className)).size > 1; // the syntax is coloured
  });
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path });
}

async function checkPanes(page) {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.locator('.graphiql-doc-explorer-content', { hasText: 'Root Types' }).waitFor();
  check('the docs pane shows the schema');
  await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click();
  await page.locator('.graphiql-explorer-root .graphiql-explorer-field-view').first().waitFor();
  check('the explorer pane shows the fields');
}

/** A release with other examples must leave the tabs of a returning user as they were. */
async function checkUpgrade(page) {
  const mine = 'query Mine { __typename }';
  await page.getByRole('button', { name: 'New tab' }).click();
  await page.locator('.graphiql-query-editor .view-lines').click();
  await page.keyboard.insertText(mine);
  await page.waitForFunction(
    text => localStorage.getItem('graphiql:tabState')?.includes(JSON.stringify(text)),
    mine,
  );
  await page.route(page.url(), async route => {
    const response = await route.fetch();
    const body = (await response.text()).replace(
      /(<script[^>]*id="examples">)[^]*?(<\/script>)/,
      '$1["query Other { __typename }"]$2',
    );
    await route.fulfill({ response, body });
  });
  await load(page, () => page.reload());
  checkEqual('the tabs outlive a release with other examples', await tabTitles(page), [
    ...examples.map(example => example.title),
    'Mine',
  ]);
  checkEqual('the open tab outlives it too', await editorText(page, 'operation.graphql'), mine);
}

function checkQuiet(seen, url) {
  checkNone('no console error or warning', seen.console);
  checkNone('no page error', seen.errors);
  checkNone('no CSP violation', seen.violations);
  checkNone('no failed request', seen.failures);
  checkEqual("no request to a host other than the page's", [...seen.hosts], [new URL(url).host]);
}

async function main(url, screenshot) {
  const profile = await mkdtemp(join(tmpdir(), 'graphiql-test-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: browserFlags,
    viewport: { width: 1440, height: 900 },
  });
  try {
    browser.setDefaultTimeout(patience);
    const page = await browser.newPage();
    const seen = await watch(page);
    try {
      check('the schema loads', (await load(page, () => page.goto(url))) ? '' : 'introspection gave none');
      checkEqual('the page has its title', await page.title(), 'DECNET Graph');
      await checkExamples(page, screenshot);
      await checkPanes(page);
      await checkUpgrade(page);
    } catch (error) {
      check('the test comes to its end', error.stack);
    }
    checkQuiet(seen, url);
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
}

if (process.argv.length < 3) {
  console.error('usage: node graphiql.mjs URL [screenshot.png]');
  process.exit(2);
}
await main(...process.argv.slice(2));
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed ? 1 : 0);
