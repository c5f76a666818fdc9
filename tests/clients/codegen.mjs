// Makes types with graphql-codegen from the schema of a running server, as its URL, and compiles what uses them.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generate } from '@graphql-codegen/cli';

import { check, end, expect, login, url } from './check.mjs';

const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), 'codegen-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
cpSync(join(here, 'codegen'), folder, { recursive: true });
symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'));
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
process.chdir(folder);

await check('graphql-codegen reads the schema by the URL of the server', () => generate({
  schema: [{ [url]: { headers: login } }],
  documents: ['walk.ts'],
  generates: { './gql/': { preset: 'client', config: { enumsAsTypes: true, useTypeImports: true }, presetConfig: { persistedDocuments: true } } },
  emitLegacyCommonJSImports: false,
  silent: true,
}, true));
await check('TypeScript accepts the query, its variables and its answer, and compiles them', () => {
  const options = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--skipLibCheck', '--outDir', 'built', 'walk.ts'];
  const { status, stdout } = spawnSync(join(folder, 'node_modules/.bin/tsc'), options, { encoding: 'utf8' });
  expect(stdout, status === 0);
});
await check('the compiled query is answered', async () => {
  const { walk, variables, techniques } = await import(join(folder, 'built/walk.js'));
  const { readFileSync } = await import('node:fs');
  const documents = JSON.parse(readFileSync(join(folder, 'gql/persisted-documents.json'), 'utf8'));
  const response = await fetch(url, {
    method: 'POST', headers: { ...login, 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: documents[walk.__meta__.hash], variables }),
  });
  const { data, errors } = await response.json();
  expect(JSON.stringify(errors), !errors && techniques(data).every(id => /^T\d{4}$/.test(id)) && techniques(data).length > 0);
});
end();
