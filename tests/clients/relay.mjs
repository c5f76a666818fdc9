// Compiles queries with Relay's compiler against the text of the server's schema, and asks them through Relay's runtime.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import compiler from 'relay-compiler';
import relay from 'relay-runtime';

import { check, end, expect, login, url } from './check.mjs';

const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), 'relay-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
cpSync(join(here, 'relay'), join(folder, 'src'), { recursive: true });
symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'));
const text = await (await fetch(new URL('/schema.graphql?semanticNonNull=true', url), { headers: login })).text();
writeFileSync(join(folder, 'schema.graphql'), text);
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
writeFileSync(join(folder, 'persisted.json'), '{}');
writeFileSync(join(folder, 'relay.config.json'), JSON.stringify({
  src: './src', schema: './schema.graphql', language: 'javascript', eagerEsModules: true,
  persistConfig: { file: './persisted.json', algorithm: 'SHA256' },
}));

let queries;
await check("Relay's compiler takes the schema, its connections and its nodes", async () => {
  const { status, stdout, stderr } = spawnSync(compiler, ['--repersist'], { cwd: folder, encoding: 'utf8' });
  expect(stdout + stderr, status === 0);
  queries = Object.values(JSON.parse(readFileSync(join(folder, 'persisted.json'), 'utf8')));
  expect(`three queries, not ${queries.length}`, queries.length === 3);
});

const { Environment, Network, RecordSource, Store, createOperationDescriptor, fetchQuery, getRequest } = relay;
const texts = JSON.parse(readFileSync(join(folder, 'persisted.json'), 'utf8'));
const environment = new Environment({
  store: new Store(new RecordSource()),
  network: Network.create(async ({ id }, variables) => {
    const response = await fetch(url, {
      method: 'POST', headers: { ...login, 'Content-Type': 'application/json' }, body: JSON.stringify({ query: texts[id], variables }),
    });
    return response.json();
  }),
});
const artifact = async name => (await import(join(folder, 'src/__generated__', `${name}.graphql.js`))).default;

/** Asks a compiled query, keeps its answer in Relay's store, and returns what the operation has selected. */
async function ask(name, variables) {
  const request = await artifact(name);
  const operation = createOperationDescriptor(getRequest(request), variables);
  environment.retain(operation);
  await fetchQuery(environment, request, variables).toPromise();
  return environment.lookup(operation.fragment).data;
}


await check("Relay's runtime loads a list and more of it into one connection", async () => {
  await ask('pageQuery', { first: 3 });
  const source = environment.getStore().getSource();
  const connection = () => source.get('client:root:__page_campaigns_connection');
  const first = connection();
  expect('three edges', first.edges.__refs.length === 3);
  const after = source.get(first.pageInfo.__ref).endCursor;
  await ask('pageMoreQuery', { first: 2, after });
  expect(`five edges, not ${connection().edges.__refs.length}`, connection().edges.__refs.length === 5);
});
await check("Relay's runtime refetches a node by its id", async () => {
  const source = environment.getStore().getSource();
  const id = source.getRecordIDs().find(key => source.get(key)?.__typename === 'Campaign');
  const { node } = await ask('pageNodeQuery', { id });
  expect(JSON.stringify(node), node.__typename === 'Campaign' && node.uuid === source.get(id).uuid);
});
end();
