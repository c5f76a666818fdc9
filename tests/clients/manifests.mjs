// Writes manifests of trusted documents into a folder, as the tools of clients make them: Apollo's from the source of an
// application, and documents in files. Those of Relay and graphql-codegen are added by the tests of these clients.
//
//   node tests/clients/manifests.mjs FOLDER

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { applications } from './applications.mjs';

const target = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'apollo-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
symlinkSync(join(import.meta.dirname, 'node_modules'), join(folder, 'node_modules'));
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
mkdirSync(join(folder, 'src'));
writeFileSync(join(folder, 'src/app.js'), `import { gql } from '@apollo/client';\nexport const query = gql\`${applications.apollo}\`;\n`);
const { status, stdout, stderr } = spawnSync(join(folder, 'node_modules/.bin/generate-persisted-query-manifest'), { cwd: folder, encoding: 'utf8' });
if (status !== 0) {
  console.error(stdout + stderr);
  process.exit(1);
}
copyFileSync(join(folder, 'persisted-query-manifest.json'), join(target, 'apollo.json'));
writeFileSync(join(target, 'Named.graphql'), applications.named);
