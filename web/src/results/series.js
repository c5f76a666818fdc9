import { isNumber, textOf } from './tables.js';

const instant = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;
const mostSplits = 6;

/**
 * Returns what a chart of a list shows, or null if the list is no series: its
 * rows have one column of days or instants, in ascending order for each part,
 * and a column of numbers. Parts are the values of another column, the most
 * frequent ones by themselves, and "other" for the rest.
 *
 * { time, value, values, split, parts: [names], points: [{ at, label, sums: [of each part] }] }
 */
export function seriesOf(list, wantedValue) {
  const times = list.columns.filter(column => list.rows.length > 1 && list.rows.every(row => isTime(row.get(column))));
  if (times.length !== 1) return null;
  const [time] = times;
  const values = list.columns.filter(
    column => list.rows.some(row => isNumber(row.get(column))) && list.rows.every(row => isNumberOrNull(row.get(column))),
  );
  if (values.length === 0) return null;
  const value = values.includes(wantedValue) ? wantedValue : (values.find(v => /count$/i.test(v)) ?? values[0]);
  const split = splitOf(list, time, values);
  if (split === null || !ascends(list.rows, time, split)) return null;
  return { time, value, values, split, ...sumsOf(list.rows, { time, value, split }) };
}

function isTime(value) {
  return typeof value === 'string' && instant.test(value) && !Number.isNaN(Date.parse(value));
}

function isNumberOrNull(value) {
  return value === null || value === undefined || isNumber(value);
}

/** The column that tells rows of the same time apart: '' if none is needed, null if none does. */
function splitOf({ rows, columns }, time, values) {
  const unique = column => new Set(rows.map(row => `${row.get(time)}\n${column && textOf(row.get(column))}`)).size === rows.length;
  if (unique('')) return '';
  return columns.find(column => column !== time && !values.includes(column) && unique(column)) ?? null;
}

function ascends(rows, time, split) {
  const last = new Map();
  return rows.every(row => {
    const part = split && textOf(row.get(split));
    const at = Date.parse(row.get(time));
    const follows = !last.has(part) || last.get(part) <= at;
    last.set(part, at);
    return follows;
  });
}

function sumsOf(rows, { time, value, split }) {
  const totals = new Map();
  for (const row of rows) add(totals, split && textOf(row.get(split)), Number(row.get(value) ?? 0));
  const ranked = [...totals].sort(([, a], [, b]) => b - a).map(([part]) => part);
  const parts = ranked.length > mostSplits + 1 ? [...ranked.slice(0, mostSplits), `${ranked.length - mostSplits} others`] : ranked;
  const indexOf = part => Math.min(ranked.indexOf(part), parts.length - 1);
  const points = new Map();
  for (const row of rows) {
    const label = row.get(time);
    const point = points.get(label) ?? { at: Date.parse(label), label, sums: parts.map(() => 0) };
    points.set(label, point);
    point.sums[indexOf(split && textOf(row.get(split)))] += Number(row.get(value) ?? 0);
  }
  return { parts, points: [...points.values()].sort((a, b) => a.at - b.at) };
}

function add(sums, key, amount) {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}

/** The shortest time between two points in milliseconds: the width of a bar. */
export function stepOf(points) {
  const gaps = points.slice(1).map((point, i) => point.at - points[i].at);
  return Math.min(...gaps.filter(gap => gap > 0), 366 * 86_400_000);
}

/** A round number that is at least the largest value, for the top of an axis. */
export function roundUp(largest) {
  if (!(largest > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(largest));
  return [1, 2, 5, 10].map(n => n * power).find(n => n >= largest);
}
