import { answered, check, checkEqual, load, queryOf, responseOf, tabTitles, type, variablesOf, watch } from './browser.mjs';

/** The address holds the query and its variables, and opening it restores them. */
export async function checkAddress(browser, page, url, examples, seen) {
  const query = 'query Shared($first: Int!) { campaigns(first: $first) { totalCount } } # 100 % & more: ü';
  await type(page, query);
  await page.evaluate(() => {
    const editor = globalThis.__MONACO.editor.getModels().find(model => model.uri.path.endsWith('variables.json'));
    editor.setValue('{"first": 3}');
  });
  await page.waitForFunction(() => location.hash.includes('Shared') && location.hash.includes('first%22%3A+3'));
  check('the address follows the query and its variables');
  const address = page.url();
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByText('Copied.').waitFor();
  checkEqual('the button copies the address', await page.evaluate(() => navigator.clipboard.readText()), address);

  const other = await browser.newPage();
  const seenByOther = await watch(other);
  await load(other, () => other.goto(address));
  checkEqual('opening the address restores the query', await queryOf(other), query);
  checkEqual('opening the address restores the variables', await variablesOf(other), '{"first": 3}');
  check('and the query has run', await answered(other));
  await checkEntered(other, url, examples);
  await other.close();
  for (const [who, urls] of [['the first', seen.urls], ['the second', seenByOther.urls]]) {
    const sent = [...urls].filter(sentUrl => /Shared|query=/.test(sentUrl.replace(/#.*/, '')));
    check(`${who} page has sent the query to no address`, sent.join('; '));
  }
}

/** An address that is entered in an open page opens a tab; one that writes is not run. */
async function checkEntered(page, url, examples) {
  const before = await tabTitles(page);
  const writing = examples.find(example => example.writes);
  const asked = [];
  page.on('request', request => asked.push(request.postData() ?? ''));
  await page.evaluate(hash => (location.hash = hash), String(new URLSearchParams({ query: writing.query, variables: writing.variables })));
  await page.getByRole('button', { name: writing.operation, exact: true }).or(page.locator('.graphiql-tab-button', { hasText: writing.operation })).first().waitFor();
  checkEqual('an entered address opens a tab', await tabTitles(page), [...before, writing.operation]);
  checkEqual('with its variables', JSON.parse(await variablesOf(page)), JSON.parse(writing.variables));
  await load(page, () => page.goto(`${url}?again#${new URLSearchParams({ query: writing.query, variables: writing.variables })}`));
  await page.waitForTimeout(1000); // in which a query would have run
  checkEqual('an address that writes is not run', [await responseOf(page), asked.filter(data => data.includes(writing.operation))], ['', []]);
}
