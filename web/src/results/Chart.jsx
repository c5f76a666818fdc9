import { useEffect, useId, useRef, useState } from 'react';

import { plain } from './plain.js';
import { roundUp, stepOf } from './series.js';

const height = 190;
const margin = { top: 10, right: 12, bottom: 24, left: 52 };
const number = new Intl.NumberFormat('en');

/** A series as bars over time, stacked by part. Screen readers get a summary; the table below has the numbers. */
export function Chart({ title, series, onValue }) {
  const { value, values, split, parts } = series;
  const [frame, width] = useWidth();
  const heading = useId();
  return (
    <figure className="chart" aria-labelledby={heading}>
      <figcaption id={heading}>
        {values.length > 1 ? (
          <label>
            Chart of{' '}
            <select value={value} onChange={event => onValue(event.target.value)}>
              {values.map(name => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        ) : (
          `Chart of ${value}`
        )}
        {split && ` by ${split}`}
      </figcaption>
      <div ref={frame} className="chart-frame">
        {width > 0 && <Bars title={title} series={series} width={width} />}
      </div>
      {split && (
        <ul className="chart-parts">
          {parts.map((part, n) => (
            <li key={part}>
              <span className={`chart-mark part-${n}`} aria-hidden="true" />
              <bdi>{plain(part) || 'none'}</bdi>
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}

/** The width of an element in pixels, and the ref that it needs. */
function useWidth() {
  const frame = useRef(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([{ contentRect }]) => setWidth(Math.floor(contentRect.width)));
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  return [frame, width];
}

function Bars({ title, series, width }) {
  const { points, parts } = series;
  const top = roundUp(Math.max(...points.map(total)));
  const step = stepOf(points);
  const [from, until] = [points[0].at, points.at(-1).at + step];
  const x = at => margin.left + ((at - from) / (until - from)) * (width - margin.left - margin.right);
  const y = sum => height - margin.bottom - (sum / top) * (height - margin.top - margin.bottom);
  const barWidth = Math.max(1, (x(from + step) - x(from)) * 0.85);
  return (
    <svg role="img" aria-label={summary(title, series)} width={width} height={height}>
      {[0, top / 2, top].map(sum => (
        <g key={sum} className="chart-grid">
          <line x1={margin.left} x2={width - margin.right} y1={y(sum)} y2={y(sum)} />
          <text x={margin.left - 6} y={y(sum)} dy="0.32em" textAnchor="end">
            {number.format(sum)}
          </text>
        </g>
      ))}
      {points.map(point => (
        <g key={point.label}>
          <title>{tooltip(point, parts)}</title>
          {stacked(point.sums).map(([start, end], n) =>
            end > start ? (
              <rect key={n} className={`part-${n}`} x={x(point.at)} width={barWidth} y={y(end)} height={y(start) - y(end)} />
            ) : null,
          )}
        </g>
      ))}
      {ticks(points, width).map(({ at, label }, n, { length }) => (
        <text key={label} className="chart-tick" x={x(at)} y={height - 7} textAnchor={n > 0 && n === length - 1 ? 'end' : 'start'}>
          {label}
        </text>
      ))}
    </svg>
  );
}

function total({ sums }) {
  return sums.reduce((a, b) => a + b, 0);
}

/** Where each part of a bar starts and ends. */
function stacked(sums) {
  let start = 0;
  return sums.map(sum => [start, (start += sum)]);
}

/** The labels below the bars: the first, the last, and what fits between them. */
function ticks(points, width) {
  const most = Math.max(2, Math.min(points.length, Math.floor(width / 170)));
  const chosen = Array.from({ length: most }, (_, n) => points[Math.round((n * (points.length - 1)) / (most - 1))]);
  return chosen.map(({ at, label }) => ({ at, label: label.replace('T', ' ').replace(/(:00)?(\.0+)?Z$/, '') }));
}

function tooltip(point, parts) {
  const lines = point.sums.map((sum, n) => [parts[n], sum]).filter(([, sum]) => sum !== 0);
  if (parts.length === 1) return `${point.label}: ${number.format(total(point))}`;
  return [point.label, ...lines.map(([part, sum]) => `${plain(part)}: ${number.format(sum)}`)].join('\n');
}

function summary(title, { value, points }) {
  const highest = points.reduce((a, b) => (total(b) > total(a) ? b : a));
  const all = points.reduce((sum, point) => sum + total(point), 0);
  return (
    `${title}, bars of ${value} over time: ${points.length} from ${points[0].label} to ${points.at(-1).label}, ` +
    `${number.format(all)} in all, the highest ${number.format(total(highest))} at ${highest.label}. The table has all numbers.`
  );
}
