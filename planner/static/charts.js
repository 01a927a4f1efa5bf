// Charts of the right panel, drawn by uPlot in the colours of the page.

import { element, t } from "./frame.js";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const seconds = (day) => Date.parse(`${day}T00:00:00Z`) / 1000;
const bars = uPlot.paths.bars({ size: [0.7, 20] });

// Month and day, in any language.
const monthDay = (plot, splits) => splits.map((at) => new Date(at * 1000).toISOString().slice(5, 10));

// Hatched: what was sold on days without stock is less than what was wanted.
const hatched = (name) => {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d");
  [pen.strokeStyle, pen.lineWidth] = [colour(name), 2];
  for (const at of [-3, 3, 9]) { pen.beginPath(); pen.moveTo(at, 6); pen.lineTo(at + 6, 0); pen.stroke(); }
  return pen.createPattern(tile, "repeat");
};

const axes = (dated) => {
  const line = { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line") } };
  return [{ ...line, space: 56, ...(dated ? { values: monthDay } : {}) }, { ...line, size: 54 }];
};
const chart = (place, height, options, columns) => {
  const made = new uPlot({
    width: place.clientWidth || 370, height, axes: axes(options.scales === undefined), legend: { show: false }, cursor: { points: { size: 5 } },
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "UTC"), ...options,
  }, columns, place);
  return made;
};
export const legend = (...names) =>
  element("div", { class: "legend" }, names.map((name) => element("span", {}, element("i", { class: name }), t(`legend.${name}`))));

// Past demand by week, weeks with days without stock in another colour, what companies ordered in bulk above it; the
// forecast with its fan.
export const demand = (place, history, forecast) => {
  const weeks = [...new Set([...history, ...forecast].map((row) => row.week_start))].sort();
  const past = new Map(history.map((row) => [row.week_start, row]));
  const ahead = new Map(forecast.map((row) => [row.week_start, row]));
  const of = (map, name) => weeks.map((week) => map.get(week)?.[name] ?? null);
  const inBulk = weeks.map((week) => (past.get(week)?.bulk ? past.get(week).demand + past.get(week).bulk : null));
  const sold = weeks.map((week) => (past.get(week)?.censored_days ? null : past.get(week)?.demand ?? null));
  const censored = weeks.map((week) => (past.get(week)?.censored_days ? past.get(week).demand : null));
  const promoted = weeks.map((week, place) => (past.get(week)?.promoted_days ? place : -1)).filter((place) => place >= 0);
  return chart(place, 150, {
    series: [
      {},
      { paths: bars, fill: colour("bulk"), stroke: colour("bulk"), points: { show: false } },
      { paths: bars, fill: colour("demand"), stroke: colour("demand"), points: { show: false } },
      { paths: bars, fill: () => hatched("censored"), stroke: colour("censored"), points: { show: false } },
      { stroke: "transparent", points: { show: false } },
      { stroke: "transparent", points: { show: false } },
      { stroke: colour("with"), width: 2, points: { show: false } },
    ],
    bands: [{ series: [5, 4], fill: colour("fan") }],
    hooks: { drawClear: [(plot) => shadeWeeks(plot, promoted.map((place) => seconds(weeks[place])))] },
  }, [weeks.map(seconds), inBulk, sold, censored, of(ahead, "low"), of(ahead, "high"), of(ahead, "mean")]);
};

const shadeWeeks = (plot, starts) => {
  plot.ctx.fillStyle = colour("warn-soft");
  for (const start of starts) {
    const left = plot.valToPos(start - 302400, "x", true);
    const right = plot.valToPos(start + 302400, "x", true);
    plot.ctx.fillRect(left, plot.bbox.top, right - left, plot.bbox.height);
  }
};

// Stock at the end of each day with and without the order; arrivals as pins; the protection interval shaded.
export const stock = (place, projection, arrivals, expiries, closures) => {
  const days = projection.days.map(seconds);
  return chart(place, 160, {
    series: [
      {},
      ...[1, 2, 3, 4].map(() => ({ stroke: "transparent", points: { show: false } })),
      { stroke: colour("without"), width: 1.5, dash: [4, 3], points: { show: false } },
      { stroke: colour("with"), width: 2, points: { show: false } },
    ],
    bands: [{ series: [4, 3], fill: colour("fan-without") }, { series: [2, 1], fill: colour("fan") }],
    hooks: {
      drawClear: [(plot) => shadeUntil(plot, seconds(projection.protected_until)), (plot) => shadeSpans(plot, closures)],
      draw: [(plot) => cliffs(plot, expiries), (plot) => pins(plot, [...arrivals.map((row) => [row.day, row.latest_day]), [projection.order_arrives, null]])],
    },
  }, [days, projection.with.low, projection.with.high, projection.without.low, projection.without.high, projection.without.mean, projection.with.mean]);
};

const shadeUntil = (plot, end) => {
  plot.ctx.fillStyle = colour("shade");
  const right = Math.min(plot.valToPos(end, "x", true), plot.bbox.left + plot.bbox.width);
  plot.ctx.fillRect(plot.bbox.left, plot.bbox.top, Math.max(0, right - plot.bbox.left), plot.bbox.height);
};
// Days on which the supplier is shut down.
const shadeSpans = (plot, spans) => {
  plot.ctx.fillStyle = colour("warn-soft");
  const [least, most] = [plot.bbox.left, plot.bbox.left + plot.bbox.width];
  for (const { closed_from: from, closed_to: to } of spans) {
    const [left, right] = [seconds(from), seconds(to) + 86400].map((at) => Math.min(most, Math.max(least, plot.valToPos(at, "x", true))));
    plot.ctx.fillRect(left, plot.bbox.top, right - left, plot.bbox.height);
  }
};
// The last day on which a batch may be sold: solid where some of it will be left.
const cliffs = (plot, expiries) => {
  for (const { day, unsold } of expiries) {
    const at = plot.valToPos(seconds(day), "x", true);
    if (at < plot.bbox.left || at > plot.bbox.left + plot.bbox.width) { continue; }
    plot.ctx.strokeStyle = colour("bad");
    plot.ctx.setLineDash(unsold > 0 ? [] : [3, 3]);
    plot.ctx.beginPath(); plot.ctx.moveTo(at, plot.bbox.top); plot.ctx.lineTo(at, plot.bbox.top + plot.bbox.height); plot.ctx.stroke();
    plot.ctx.setLineDash([]);
  }
};
// Each at the day it is expected, with a line to the day by which it is there at the latest.
const pins = (plot, arrivals) => {
  plot.ctx.fillStyle = plot.ctx.strokeStyle = colour("warn");
  const foot = plot.bbox.top + plot.bbox.height;
  const edge = plot.bbox.left + plot.bbox.width;
  for (const [day, latest] of arrivals.filter(([day]) => day)) {
    const at = plot.valToPos(seconds(day), "x", true);
    if (at < plot.bbox.left || at > edge) { continue; }
    if (latest > day) {
      const end = Math.min(edge, plot.valToPos(seconds(latest), "x", true));
      plot.ctx.beginPath(); plot.ctx.moveTo(at, foot - 3); plot.ctx.lineTo(end, foot - 3); plot.ctx.stroke();
    }
    plot.ctx.beginPath();
    plot.ctx.moveTo(at, foot - 12); plot.ctx.lineTo(at - 5, foot); plot.ctx.lineTo(at + 5, foot); plot.ctx.fill();
  }
};

// Money earned against quantity, the plan's marked.
export const curve = (place, effects, planned) => chart(place, 110, {
  scales: { x: { time: false } },
  series: [{}, { stroke: colour("with"), width: 2, points: { show: true, size: 4 } }],
  hooks: {
    draw: [(plot) => {
      const at = plot.valToPos(planned, "x", true);
      plot.ctx.strokeStyle = colour("warn");
      plot.ctx.beginPath(); plot.ctx.moveTo(at, plot.bbox.top); plot.ctx.lineTo(at, plot.bbox.top + plot.bbox.height); plot.ctx.stroke();
    }],
  },
}, [effects.map((each) => each.quantity), effects.map((each) => each.value)]);

const half = (days) => (days.length > 1 ? (seconds(days[1]) - seconds(days[0])) / 2 : 86400);

// One number by week or month.
export const byTime = (place, days, values) => chart(place, 130, {
  // A label stands at the first day of a week or month, not at days between.
  axes: axes(true).map((axis, at) => (at ? { ...axis, size: 70 }
    : { ...axis, splits: () => days.filter((_, place) => place % Math.ceil(days.length / 9) === 0).map(seconds) })),
  // Bars stand on nought, and the first and the last are whole.
  scales: { x: { time: true, range: (plot, low, high) => [low - half(days), high + half(days)] }, y: { range: (plot, low, high) => [Math.min(0, 1.05 * low), Math.max(0, 1.05 * high)] } },
  series: [{}, { paths: bars, fill: colour("with"), stroke: colour("with"), points: { show: false } }],
}, [days.map(seconds), values]);
