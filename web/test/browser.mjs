// What the browser tests share: a browser, its complaints, and GraphiQL's editors.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

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

/** Calls use with a browser that has a new profile. CHROMIUM names another than /usr/bin/chromium. */
export async function withBrowser(use) {
  const profile = await mkdtemp(join(tmpdir(), 'graphiql-test-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: browserFlags,
    viewport: { width: 1440, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  try {
    browser.setDefaultTimeout(patience);
    await use(browser);
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
}

export const tally = { passed: 0, failed: 0 };

/** Counts a fact; problem is empty if it is true. */
export function check(fact, problem) {
  tally[problem ? 'failed' : 'passed']++;
  console.log(problem ? `FAILED  ${fact}: ${problem}` : `ok      ${fact}`);
}

export function checkEqual(fact, got, want) {
  const [g, w] = [JSON.stringify(got), JSON.stringify(want)];
  check(fact, g === w ? '' : `got ${g}, want ${w}`);
}

export function checkNone(fact, found) {
  check(fact, [...new Set(found)].join('; '));
}

/** Everything that the browser has to complain about, and every host that it asks. */
export async function watch(page) {
  const seen = { console: [], violations: [], errors: [], failures: [], hosts: new Set(), urls: new Set() };
  page.on('console', message => {
    const text = message.text();
    if (text.startsWith(violationMark)) seen.violations.push(text);
    else if (['error', 'warning'].includes(message.type())) seen.console.push(text);
  });
  page.on('pageerror', error => seen.errors.push(String(error)));
  page.on('requestfailed', request => {
    const reason = request.failure()?.errorText;
    if (reason !== 'net::ERR_ABORTED') seen.failures.push(`${request.url()} ${reason}`); // the test has left the page meanwhile
  });
  page.on('response', response => {
    if (response.status() >= 400) seen.failures.push(`${response.url()} ${response.status()}`);
  });
  page.on('request', request => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol)) seen.hosts.add(url.host);
    seen.urls.add(request.url());
  });
  await page.addInitScript(mark => {
    document.addEventListener('securitypolicyviolation', event => {
      console.error(mark, event.violatedDirective, event.blockedURI);
    });
  }, violationMark);
  return seen;
}

export function checkQuiet(seen, url) {
  checkNone('no console error or warning', seen.console);
  checkNone('no page error', seen.errors);
  checkNone('no CSP violation', seen.violations);
  checkNone('no failed request', seen.failures);
  checkEqual("no request to a host other than the page's", [...seen.hosts], [new URL(url).host]);
}

/** Opens the page by navigate() and waits for GraphiQL's editors; returns the introspected schema. */
export async function load(page, navigate) {
  const asked = page.waitForResponse(r => r.request().postData()?.includes('IntrospectionQuery') ?? false);
  await Promise.all([asked, navigate()]);
  const { data } = await (await asked).json();
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  await page.locator('.result-window .monaco-editor').waitFor({ state: 'attached' });
  await page.locator('.graphiql-spin').waitFor({ state: 'detached' }); // the schema button turns while it loads
  return data?.__schema;
}

export const tabTitles = page => page.locator('.graphiql-tab-button').allTextContents();

// Runs in the page: the text of one of GraphiQL's editors, all of it, where the
// page's elements hold the visible lines only.
const textOf = suffix =>
  globalThis.__MONACO.editor.getModels().find(model => model.uri.path.endsWith(suffix)).getValue();

export const queryOf = page => page.evaluate(textOf, 'operation.graphql');
export const variablesOf = page => page.evaluate(textOf, 'variables.json');
export const responseOf = page => page.evaluate(textOf, 'response.json');

/** Waits for an answer and returns what is wrong with it. */
export async function answered(page) {
  await page.waitForFunction(textOf, 'response.json');
  await page.locator('.graphiql-response .graphiql-spinner').waitFor({ state: 'detached' });
  const answer = JSON.parse(await responseOf(page));
  if (answer.errors) return JSON.stringify(answer.errors);
  return answer.data ? '' : 'no data';
}

/** Replaces the text of the query editor, as pasting does. */
export async function type(page, query) {
  await page.evaluate(text => {
    const model = globalThis.__MONACO.editor.getModels().find(m => m.uri.path.endsWith('operation.graphql'));
    model.pushEditOperations([], [{ range: model.getFullModelRange(), text }], () => null);
  }, query);
  await stored(page, query);
}

/** Waits until GraphiQL has stored the query, which it does in the step that makes its operation the one to run. */
export async function stored(page, query) {
  await page.waitForFunction(want => localStorage.getItem('graphiql:query') === want, query);
}

export async function run(page) {
  await page.locator('.graphiql-execute-button').click();
  return answered(page);
}
