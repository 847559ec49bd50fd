"use strict";
// Small charts in SVG: lines or stacked areas over time, with a readout under the pointer or the arrow keys.

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 168;
const PAD = { left: 40, right: 8, top: 8, bottom: 20 };

function shape(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

// The next round number above a value: 1, 2 or 5 times a power of ten.
function roof(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= value * 0.999);
}

function figure(value, unit) {
  if (value === null || value === undefined) return "–";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))}${unit || ""}`;
}

const clock = (at) => new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

// series: [{ key, name, of(point) }], the first at the bottom when stacked.
function drawChart(place, { title, unit, series, points, stacked, limit }) {
  const WIDTH = Math.max(280, place.clientWidth - 30);
  const at = place.dataset.at === undefined ? null : Number(place.dataset.at);
  const values = series.map((one) => points.map(one.of));
  const tops = stacked
    ? points.map((_, i) => values.reduce((sum, row) => sum + (row[i] || 0), 0))
    : points.map((_, i) => Math.max(0, ...values.map((row) => row[i] || 0)));
  const high = roof(Math.max(0, ...tops, limit && Math.max(...tops) > limit / 2 ? limit : 0));
  const first = points.length ? points[0].at : 0;
  const span = points.length > 1 ? points[points.length - 1].at - first : 1;
  const x = (i) => PAD.left + ((points[i].at - first) / span) * (WIDTH - PAD.left - PAD.right);
  const y = (value) => HEIGHT - PAD.bottom - (value / high) * (HEIGHT - PAD.top - PAD.bottom);
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", tabindex: "0", "aria-label": title });
  for (const part of [0, 0.5, 1]) {
    svg.append(shape("line", { class: "grid", x1: PAD.left, x2: WIDTH - PAD.right, y1: y(high * part), y2: y(high * part) }));
    svg.append(shape("text", { class: "tick", x: PAD.left - 5, y: y(high * part) + 4, "text-anchor": "end" }, figure(high * part)));
  }
  if (points.length > 1) {
    svg.append(shape("text", { class: "tick", x: PAD.left, y: HEIGHT - 4 }, clock(first).slice(0, 5)));
    svg.append(shape("text", { class: "tick", x: WIDTH - PAD.right, y: HEIGHT - 4, "text-anchor": "end" }, clock(points[points.length - 1].at).slice(0, 5)));
    if (limit && limit <= high) svg.append(shape("line", { class: "limit", x1: PAD.left, x2: WIDTH - PAD.right, y1: y(limit), y2: y(limit) }));
    const floor = points.map(() => 0);
    series.forEach((one, n) => {
      if (stacked) svg.append(area(one.key, points, values[n], floor, x, y));
      else for (const path of lines(values[n], x, y)) svg.append(shape("path", { class: `line ${one.key}`, d: path }));
    });
  }
  const caption = element("figcaption");
  caption.append(element("strong", "", title));
  const legend = element("ul", "legend");
  const shown = at === null ? points.length - 1 : Math.min(at, points.length - 1);
  series.forEach((one, n) => {
    const item = element("li", one.key);
    item.append(element("span", "dot"), `${one.name} `, element("b", "", shown < 0 ? "–" : figure(values[n][shown], unit)));
    legend.append(item);
  });
  const when = element("span", "when", shown < 0 ? say("还没有数据", "no figures yet") : clock(points[shown].at));
  caption.append(when, legend);
  if (at !== null && shown >= 0) svg.append(shape("line", { class: "cursor", x1: x(shown), x2: x(shown), y1: PAD.top, y2: HEIGHT - PAD.bottom }));
  const focused = place.contains(document.activeElement);
  place.replaceChildren(caption, svg);
  if (focused) svg.focus();
  const again = (index) => {
    if (index === null) delete place.dataset.at; else place.dataset.at = index;
    drawChart(place, { title, unit, series, points, stacked, limit });
  };
  svg.addEventListener("pointermove", (event) => {
    if (points.length < 2) return;
    const box = svg.getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * WIDTH - PAD.left) / (WIDTH - PAD.left - PAD.right);
    const index = Math.max(0, Math.min(points.length - 1, Math.round(share * (points.length - 1))));
    if (index !== at) again(index);
  });
  svg.addEventListener("pointerleave", () => { if (at !== null) again(null); });
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape" && at !== null) again(null);
    if (!step || !points.length) return;
    event.preventDefault();
    again(Math.max(0, Math.min(points.length - 1, (at === null ? points.length : at) + step)));
  });
}

function area(key, points, values, floor, x, y) {
  const bottom = floor.map((value, i) => `L${x(i).toFixed(1)} ${y(value).toFixed(1)}`).reverse();
  values.forEach((value, i) => { floor[i] += value || 0; });
  const top = floor.map((value, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`);
  return shape("path", { class: `area ${key}`, d: `${top.join("")}${bottom.join("")}Z` });
}

// One path for each stretch without gaps; a lone point becomes a short dash.
function lines(values, x, y) {
  const found = [];
  let path = "";
  values.forEach((value, i) => {
    if (value === null || value === undefined) {
      if (path) found.push(path);
      path = "";
      return;
    }
    const spot = `${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    path += path ? `L${spot}` : `M${spot}h0.1`;
  });
  return path ? [...found, path] : found;
}
