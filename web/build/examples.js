import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, parse } from 'graphql';

/**
 * Vite plugin: writes every .graphql file of directory into the page, as a JSON
 * list in a data block with the id "examples". There, and not in a script, an
 * edited example leaves every hashed file as it was.
 */
export function examples(directory) {
  return {
    name: 'examples',
    transformIndexHtml() {
      const list = JSON.stringify(readExamples(directory).map(example => example.text), null, 2);
      return [
        {
          tag: 'script',
          attrs: { type: 'application/json', id: 'examples' },
          children: list.replaceAll('<', '\\u003c'), // "</script>" would end the block
          injectTo: 'head',
        },
      ];
    },
  };
}

/**
 * Reads the examples in directory, sorted by file name: the text of each, and
 * its operation's name, which becomes the tab's title. Throws for a file that
 * would make a poor tab.
 */
export function readExamples(directory) {
  const seen = new Set();
  return readdirSync(directory)
    .filter(file => file.endsWith('.graphql'))
    .sort()
    .map(file => {
      const text = readFileSync(join(directory, file), 'utf8');
      const title = titleOf(file, text);
      if (seen.has(title)) throw new Error(`${file}: operation ${title} is in another example too`);
      seen.add(title);
      return { title, text };
    });
}

function titleOf(file, text) {
  if (!text.startsWith('# ')) throw new Error(`${file}: no leading comment that explains the tab`);
  const operations = parse(text).definitions.filter(d => d.kind === Kind.OPERATION_DEFINITION);
  if (operations.length !== 1 || !operations[0].name) {
    throw new Error(`${file}: wants exactly one operation, with a name`);
  }
  return operations[0].name.value;
}
