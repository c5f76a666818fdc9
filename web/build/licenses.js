import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const licenseFile = /^(licen[cs]e|copying|notice|third-?party-?(notices?|licen[cs]es?)|copyrightnotice)[\w-]*(\.(md|txt))?$/i;

// Packages published without their licence file, and the sibling from the same
// repository that carries it.
const sameLicenseAs = {
  '@graphiql/plugin-doc-explorer': 'graphiql',
  '@graphiql/plugin-explorer': 'graphiql',
  '@graphiql/plugin-history': 'graphiql',
  'react-compiler-runtime': 'react',
  'react-remove-scroll-bar': 'react-remove-scroll',
};

/**
 * Vite plugins that write the licence texts of all bundled packages to fileName.
 * Workers are bundled apart, so `collect` goes among their plugins too.
 */
export function licenses({ root, fileName, fonts }) {
  const packages = new Map();
  const collect = () => ({
    name: 'licenses-collect',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        for (const id of chunk.moduleIds ?? []) addPackage(packages, id);
      }
    },
  });
  const emit = () => ({
    name: 'licenses-emit',
    enforce: 'post',
    generateBundle() {
      const source = render(root, packages, readFileSync(fonts, 'utf8'));
      this.emitFile({ type: 'asset', fileName, source });
    },
  });
  return { collect, emit };
}

function addPackage(packages, id) {
  const directory = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
  if (!directory || id.startsWith('\0') || packages.has(directory)) return;
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  packages.set(directory, { name, version, license });
}

/** Packages that share a text share a section; everything is sorted, nothing depends on the machine. */
function render(root, packages, fonts) {
  const sections = new Map();
  for (const [directory, { name, version, license }] of packages) {
    const text = textsIn(directory) || textsIn(join(root, 'node_modules', sameLicenseAs[name] ?? '-'));
    if (!text) throw new Error(`${name}: no licence text found`);
    const titles = sections.get(text) ?? new Set();
    sections.set(text, titles.add(`${name} ${version} (${license})`));
  }
  const listed = [...sections]
    .map(([text, titles]) => [...titles].sort().join('\n') + '\n\n' + text)
    .sort();
  const intro = 'DECNET Graph bundles the packages and fonts below, each under its own licence.';
  return [intro, fonts.trim(), ...listed].join(`\n\n${'='.repeat(78)}\n\n`) + '\n';
}

function textsIn(directory) {
  return filesIn(directory)
    .filter(file => licenseFile.test(file))
    .sort()
    .map(file => readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').trim())
    .join('\n\n');
}

function filesIn(directory) {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
