/** What the explorer does when a field for the value of an argument appears: it takes the focus. */
const takesFocus = `        input.focus();
        input.setSelectionRange(0, input.value.length);
`;

/**
 * Vite plugin: the explorer's fields leave the focus where it is. As published,
 * opening the pane scrolls to the innermost argument and selects its value, so
 * that the next key press rewrites the query. Throws when the package changes.
 */
export function explorerFocus() {
  let found = false;
  return {
    name: 'explorer-focus',
    transform(code, id) {
      if (!/\/graphiql-explorer\/dist\/Explorer\.js$/.test(id)) return null;
      if (!code.includes(takesFocus)) throw new Error('graphiql-explorer takes the focus in another way: see build/explorer.js');
      found = true;
      return { code: code.replace(takesFocus, ''), map: null };
    },
    buildEnd(error) {
      if (!error && !found) throw new Error('graphiql-explorer is not in the build: remove build/explorer.js');
    },
  };
}
