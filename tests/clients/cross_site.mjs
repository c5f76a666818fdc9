// Asks a server from pages of other ports in Chromium, with a token and without one:
//
//   node tests/clients/cross_site.mjs DECNET-GRAPH DATABASE MANIFESTS
//
// It starts the command's server on the database, with the manifests as trusted documents and one of the ports as an allowed origin.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { applications } from './applications.mjs';

// The browser and the bundler are those of the GraphiQL page.
const web = createRequire(join(import.meta.dirname, '../../web/package.json'));
const { build } = await import(pathToFileURL(web.resolve('vite')));
const { withBrowser, check, checkEqual, tally } = await import('../../web/test/browser.mjs');

const [program, db, manifests] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'cross-site-'));
const ends = [() => rmSync(folder, { recursive: true })];
process.on('exit', () => ends.forEach(end => end()));

const [{ output: [{ code: script }] }] = await build({
  configFile: false, logLevel: 'warn', root: import.meta.dirname, define: { 'process.env.NODE_ENV': '"production"' },
  build: { write: false, minify: false, lib: { entry: join(import.meta.dirname, 'page.js'), formats: ['iife'], name: 'page', fileName: 'page' } },
});

/** Serves the page on a free port, and returns its origin. */
async function servePage() {
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><link rel="icon" href="data:,"><script src="/page.js"></script>');
  });
  await new Promise(resolve => server.listen(0, 'localhost', resolve));
  ends.push(() => server.close());
  return `http://localhost:${server.address().port}`;
}

/** Starts the server, and returns its URL. */
function serve(...flags) {
  const child = spawn(program, ['serve', '--db', db, '--listen', '127.0.0.1:0', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  ends.push(() => child.kill());
  return new Promise((resolve, reject) => {
    let text = '', log = '';
    child.stderr.on('data', data => { log += data; });
    child.stdout.on('data', data => {
      const found = (text += data).match(/GraphQL API +(http:\S+)/);
      if (found) resolve(found[1]);
    });
    child.on('exit', () => reject(new Error(`the server does not start: ${log}`)));
  });
}

const access = ['--access-db', join(folder, 'access.db')];
const createToken = role =>
  execFileSync(program, ['token', 'create', '--db', db, ...access, '--name', role, '--role', role], { encoding: 'utf8', stdio: 'pipe' }).trim();
const [token, viewer] = [createToken('ADMIN'), createToken('VIEWER')];
const [listed, unlisted] = [await servePage(), await servePage()];
const url = await serve('--api-tokens', ...access, '--write', '--rate-limit', '100000/24h', '--rate-limit', 'VIEWER=30/24h',
  '--trusted-documents', manifests, '--trusted-documents-mode', 'log', '--cors-origin', listed);

const text = applications.apollo;
const { id } = JSON.parse(readFileSync(join(manifests, 'apollo.json'), 'utf8')).operations[0];
const post = (query, more) => ({ url, token, method: 'POST', headers: { 'Content-Type': 'application/json', ...more }, body: JSON.stringify({ query }) });
const codeOf = ({ body }) => JSON.parse(body ?? '{}').errors?.[0].extensions.code;
const byGET = query => `${url}?query=${encodeURIComponent(query)}`;

await withBrowser(async browser => {
  const page = await browser.newPage();
  await page.goto(listed);
  const ask = request => page.evaluate(request => window.ask(request), request);
  const askApollo = options => page.evaluate(options => window.askApollo(options), { url, token, text, ...options });
  for (const useGETForHashedQueries of [false, true]) {
    const method = useGETForHashedQueries ? 'GET' : 'POST';
    const own = text.replace('Campaigns', `Own${method}`); // a document that nobody has registered
    const { answers, sent } = await askApollo({ text: own, useGETForHashedQueries });
    checkEqual(`Apollo Client registers a text, and sends its hash by ${method}`, [answers, sent?.map(({ hasText }) => hasText)],
      [[2, 2], [false, true, false]]);
    checkEqual(`Apollo Client sends the id of a trusted document by ${method}`, await askApollo({ id, useGETForHashedQueries }),
      { answers: [2, 2], sent: Array(2).fill({ method, hasText: false }) });
  }
  const { status, code } = await askApollo({ token: '' });
  checkEqual('Apollo Client reads why it is refused without a token', [status, code], [401, 'UNAUTHENTICATED']);

  const answer = await ask(post('{ campaigns(first: 2) { nodes { uuid } } }', { 'GraphQL-Cost': '1', 'X-Request-Id': 'page-1' }));
  const { data, extensions } = JSON.parse(answer.body ?? '{}');
  checkEqual('fetch with a token reads the answer', [answer.status, data?.campaigns.nodes.length], [200, 2]);
  const isLeft = extensions?.cost?.remaining > 0 && extensions.cost.resetAt;
  check('fetch may ask for the cost, and reads what is left of the rate', isLeft ? '' : JSON.stringify(answer));
  checkEqual('fetch reads the id of its request', answer.headers?.['x-request-id'], 'page-1');
  const cached = await ask({ url: byGET('{ campaigns(first: 2) { nodes { uuid } } }'), token });
  checkEqual('fetch by GET is answered', cached.status, 200);
  check('fetch reads the ETag', cached.headers?.etag ? '' : JSON.stringify(cached));
  const refused = await ask({ ...post('{ campaigns { totalCount } }'), token: '' });
  checkEqual('fetch reads why it is refused without a token', [refused.status, refused.headers?.['www-authenticate'], codeOf(refused)],
    [401, 'Bearer', 'UNAUTHENTICATED']);
  const wrong = await ask({ ...post('{ campaigns { totalCount } }'), token: `${token.slice(0, -4)}xxxx` });
  checkEqual('a wrong token is refused as readably', [wrong.status, wrong.body], [401, refused.body]);
  let limited;
  for (let times = 0; times < 30 && limited?.status !== 429; times++) {
    limited = await ask({ ...post('{ campaigns(first: 2) { nodes { uuid } } }'), token: viewer });
  }
  checkEqual('a page that has spent its rate reads so', [limited.status, limited.headers?.['retry-after'] > 0, codeOf(limited)], [429, true, 'RATE_LIMITED']);
  const note = await ask(post(`mutation { setCampaignNotes(input: {uuid: "${data?.campaigns.nodes[0].uuid}", notes: "from a page"}) { campaign { notes } } }`));
  checkEqual('a page may write', JSON.parse(note.body).data, { setCampaignNotes: { campaign: { notes: 'from a page' } } });
  const consistency = note.headers?.['graphql-consistency'];
  check('and reads the consistency token of its write', consistency ? '' : JSON.stringify(note));
  const after = await ask(post('{ campaigns(first: 1) { totalCount } }', { 'GraphQL-Consistency': consistency }));
  checkEqual('which its next read may carry', after.status, 200);

  const other = await browser.newPage();
  await other.goto(unlisted);
  const askOther = request => other.evaluate(request => window.ask(request), request);
  checkEqual('the browser blocks a page that is not listed, with a token', await askOther(post('{ campaigns { totalCount } }')), { blocked: 'TypeError' });
  checkEqual('and without one', await askOther({ ...post('{ campaigns { totalCount } }'), token: '' }), { blocked: 'TypeError' });
  checkEqual('and a request that needs no preflight', await askOther({ url: byGET('{ campaigns { totalCount } }') }), { blocked: 'TypeError' });
});
process.exit(tally.failed ? 1 : 0);
