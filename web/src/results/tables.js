import { plain } from './plain.js';

/** Fields that name an object, best first; a nested list's rows say by one of them which object they are of. */
const naming = ['ip', 'name', 'attackId', 'ruleId', 'sessionId', 'uuid', 'identityUuid', 'key', 'day', 'id'];

/** Fields of connections and edges that add no meaning to a name. */
const wrappers = new Set(['nodes', 'edges', 'node']);

/**
 * Finds all lists of objects in the data of an answer. Each has a title, the
 * names of its columns, and its rows: maps from columns to cells. Lists of the
 * same field are one list for all parents, with columns that name the parents.
 * isNested says that the list is in rows of another one. total is the number
 * of rows on all pages, null if it is not known; hasMore says whether other
 * pages follow or precede. fields are the operation's, as
 * selectedFields returns them; null if unknown.
 */
export function listsOf(data, fields) {
  const lists = new Map();
  visit(data, fields, { path: [], owners: [], isNested: false }, lists);
  return [...lists.values()].map(({ path, rows, ...list }) => ({
    ...list,
    path: path.join('.'),
    title: titleOf(path),
    rows,
    columns: columnsOf(rows),
  }));
}

function visit(value, fields, at, lists) {
  if (isListOfObjects(value, fields)) visitList(value, fields, at, lists);
  else if (isObject(value) && fields !== leaf) {
    for (const [key, below] of Object.entries(value)) {
      const path = [...at.path, key];
      visit(below, fieldsOf(fields, key), { ...at, path }, lists);
      addPage(lists.get(path.join('.')), value);
    }
  }
}

/** Notes what a connection says of the pages around its rows. */
function addPage(list, connection) {
  if (!list) return;
  const { totalCount, pageInfo } = connection;
  list.total = typeof totalCount === 'number' && list.total !== null ? list.total + totalCount : null;
  list.hasMore ||= Boolean(pageInfo?.hasNextPage || pageInfo?.hasPreviousPage);
}

function visitList(value, fields, { path, owners, isNested }, lists) {
  const key = path.join('.');
  const list = lists.get(key) ?? { path, rows: [], isNested, total: 0, hasMore: false };
  lists.set(key, list);
  for (const element of value) {
    if (!isObject(element)) continue;
    const row = new Map(owners);
    addCells(row, '', element, fields);
    list.rows.push(row);
    const owner = nameOf(element, path);
    visit(element, fields, { path, owners: owner ? [...owners, owner] : owners, isNested: true }, lists);
  }
}

/** Marks a field without fields of its own: its value is one cell, even if it is an object. */
const leaf = Symbol('leaf');

/** The fields below a key: a map, leaf, or null if they are not known. */
function fieldsOf(fields, key) {
  if (!(fields instanceof Map) || !fields.has(key)) return null;
  return fields.get(key) ?? leaf;
}

function addCells(row, prefix, object, fields) {
  for (const [key, value] of Object.entries(object)) {
    const name = wrappers.has(key) ? prefix : [prefix, key].filter(Boolean).join('.');
    const below = fieldsOf(fields, key);
    if (isListOfObjects(value, below)) row.set(name || key, value.length);
    else if (isObject(value) && below !== leaf) addCells(row, name, value, below);
    else if (value === null && below instanceof Map) addNulls(row, name, below);
    else row.set(name || key, value);
  }
}

/** The cells of an object that is null: each of its fields is null. */
function addNulls(row, prefix, fields) {
  for (const [key, below] of fields) {
    const name = wrappers.has(key) ? prefix : [prefix, key].filter(Boolean).join('.');
    if (below) addNulls(row, name, below);
    else row.set(name || key, null);
  }
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON?.(value);
}

function isListOfObjects(value, fields) {
  if (!Array.isArray(value) || fields === leaf) return false;
  return fields instanceof Map || value.some(isObject);
}

/** The column and the cell by which rows of nested lists name this object; null if it has no name. */
function nameOf(element, path) {
  const object = isObject(element.node) ? element.node : element;
  const field = naming.find(name => typeof object[name] === 'string');
  return field ? [`${titleOf(path)} › ${field}`, object[field]] : null;
}

function titleOf(path) {
  return path.filter(key => !wrappers.has(key)).join(' › ') || path.join(' › ');
}

function columnsOf(rows) {
  const columns = new Set();
  for (const row of rows) {
    for (const column of row.keys()) columns.add(column);
  }
  return [...columns];
}

/** The text of a cell. Values come from attackers, too: a text is shown as text, whatever it holds. */
export function textOf(value) {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return plain(value);
  if (Array.isArray(value) && value.every(v => typeof v !== 'object' || v === null)) return value.map(textOf).join(', ');
  return plain(JSON.stringify(value));
}

/** Reports whether a cell is a number, one with all its digits included. */
export function isNumber(value) {
  return typeof value === 'number' || (typeof value === 'object' && value !== null && Boolean(JSON.isRawJSON?.(value)));
}

/** Says how many rows a list has, and that there are more if this is a page of them. */
export function sizeOf({ rows, total, hasMore }) {
  const n = rows.length.toLocaleString('en');
  if (total !== null && total > rows.length) return `${n} of ${total.toLocaleString('en')} rows`;
  return `${n} ${rows.length === 1 ? 'row' : 'rows'}${hasMore && total === null ? ', and more on other pages' : ''}`;
}

/** A list as tab-separated text, for spreadsheets. */
export function tabSeparated({ columns, rows }) {
  const lines = rows.map(row => columns.map(column => field(row.get(column))));
  return [columns, ...lines].map(line => line.join('\t')).join('\n');
}

/** Keeps a cell in its field, and a spreadsheet from reading it as a formula. */
function field(value) {
  const text = textOf(value).replaceAll(/\s/g, ' ');
  return !isNumber(value) && /^[=+\-@]/.test(text) ? `'${text}` : text;
}
