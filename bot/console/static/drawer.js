// The drawer of one message: what happened to it, and why.

import { $, button, element } from "./dom.js";
import { percent, pictureOf } from "./picture.js";
import { storyOf } from "./platform.js";
import { t } from "./words.js";

let shown = null;
let redraw = () => {};

function section(name, ...content) {
  const part = element("section", "part");
  part.append(element("h3", "", t(name)), ...content);
  return part;
}

function table(rows) {
  const list = element("dl", "facts");
  for (const [name, value] of rows) {
    if (value === undefined || value === null || value === "") continue;
    const cell = element("dd");
    cell.append(value);
    list.append(element("dt", "", name), cell);
  }
  return list;
}

// Where the time went, to scale.
function timeline(turn, story) {
  const first = story.tries[0];
  const queue = first ? Math.max(0, 1000 * (story.began_at - first.at)) : 0;
  const parts = [["queue", queue], ["find", story.found?.find_ms || 0], ["prefill", story.prefill_ms || 0], ["decode", story.decode_ms || 0]];
  const known = parts.reduce((sum, [, ms]) => sum + ms, 0);
  parts.push(["rest", Math.max(0, turn.ms - known)]);
  const whole = Math.max(turn.ms, known, 1);
  const bar = element("div", "timeline");
  const legend = element("div", "legend");
  for (const [name, ms] of parts) {
    const piece = element("i", name);
    piece.style.setProperty("--share", ms / whole);
    bar.append(piece);
    const key = element("span", name);
    key.append(element("i"), `${t(name)} ${ms.toFixed(ms < 10 ? 1 : 0)} ms`);
    legend.append(key);
  }
  return [bar, legend];
}

function gauge(used, whole) {
  const box = element("span", "gauge");
  const bar = element("i");
  bar.style.setProperty("--share", used / whole);
  box.append(bar, `${used} / ${whole} B · ${percent(used / whole)} ${t("ofContext")}`);
  return box;
}

function factsOf(turn, story) {
  const rows = [["MsgId", turn.message_id], [t("tries"), `${turn.tries.length}`],
    [t("encryption"), t(turn.safe ? "safe" : "plain")], [t("roundTrip"), `${turn.ms} ms`]];
  if (story?.by) rows.push([t("toldBy"), `${t(`by_${story.by}`)} · ${t(`w_${story.wording}`)}`]);
  if (story?.characters) {
    const speed = story.decode_ms > 0 ? Math.round((1000 * story.reply_bytes) / story.decode_ms) : 0;
    rows.push(
      [t("model"), `${story.model} ${story.version} · ${story.backend} · ${story.codec}`],
      [t("worker"), `${(story.worker || "").slice(0, 12)} · ${t("attempt")} ${story.attempt}`],
      [t("read"), gauge(story.prompt_bytes, story.context)],
      [t("wrote"), `${story.reply_bytes} B · ${speed.toLocaleString()} B/s · ${story.finish}`],
      [t("sampling"), `Top-E ${story.top_e} · T ${story.temperature}`],
    );
  }
  return table(rows);
}

function draftsOf(story) {
  const list = element("ol", "drafts");
  story.drafts.forEach((draft, number) => {
    const item = element("li", number === story.chosen ? "chosen" : "", draft.text || "∅");
    item.append(element("span", "dim", `  ${draft.bits} ${t("bits")}`));
    if (draft.verdict) item.append(element("div", "verdict", `${t(`v_${draft.verdict}`)} → ${draft.shown || "∅"}`));
    for (const reason of draft.reasons || []) item.append(element("div", "verdict", reason));
    list.append(item);
  });
  return list;
}

// What was looked up and found, and which words of the reply stand in which piece.
function foundOf(found) {
  const rows = [[t("seenAs"), found.question], [t("foundAs"), `${found.kind} · ${t(`band_${found.band}`)} · ${found.certainty.toFixed(2)}`],
    [t("subject"), found.subject], [t("names"), found.names.join("、")], [t("lacking"), found.lacking.join("、")], [t("find"), `${found.find_ms} ms`]];
  const parts = [table(rows)];
  const list = element("ol", "evidence");
  found.evidence.forEach((piece, number) => {
    const item = element("li", `piece${number}`, piece.text);
    item.append(element("div", "dim", `${piece.score.toFixed(3)} · ${piece.topic} · ${piece.source}`));
    list.append(item);
  });
  if (found.evidence.length) parts.push(list);
  if (found.words.length) {
    const words = element("p", "words");
    for (const [text, piece] of found.words) words.append(element("span", piece < 0 ? "nowhere" : `piece${piece}`, text));
    parts.push(element("p", "dim", t("wordsHint")), words);
  }
  return parts;
}

function decisionsOf(turn, story) {
  const rules = story.tries[0] || {};
  const list = element("ul", "decisions");
  const told = [
    ["d_label", turn.generated], ["d_danger", rules.danger], ["d_prescription", rules.prescription], ["d_blocked", rules.blocked],
    ["d_command", rules.command], ["d_rule", rules.rule], ["d_wish", rules.wish], ["d_handover", rules.handover], ["d_doctor", story.see_doctor], ["d_poison", story.poisons?.join("、")],
  ];
  for (const [name, found] of told) {
    const value = typeof found === "string" && found ? found : t(found ? "yes" : "no");
    list.append(element("li", found ? "on" : "", `${t(name)}: ${value}`));
  }
  return list;
}

function triesOf(turn, story) {
  const rows = turn.tries.map((one, at) => {
    const how = one.lost ? t("lostAck") : one.status === "timeout" ? t("timeout") : `HTTP ${one.status}`;
    return [`#${at + 1}`, `${how} · ${one.ms} ms`];
  });
  const parts = [element("h4", "", t("clientTries")), table(rows)];
  if (turn.agree !== null) parts.push(element("p", turn.agree ? "good" : "bad", t(turn.agree ? "sameReply" : "otherReply")));
  if (story?.tries.length) {
    const seen = story.tries.map((one, at) => [`#${at + 1}`, [one.decision, one.state, `${one.took_ms} ms`].filter(Boolean).join(" · ")]);
    parts.push(element("h4", "", t("serverTries")), table(seen));
  }
  return parts;
}

function xmlOf(turn) {
  const names = turn.safe ? ["plainIn", "rawIn", "plainOut", "rawOut"] : ["rawIn", "rawOut"];
  return names.filter((name) => turn.xml[name]).map((name) => {
    const box = element("details", "xml");
    box.append(element("summary", "", t(name)), element("pre", "", turn.xml[name]));
    return box;
  });
}

// The control bytes between turns made visible.
const readable = (prompt) => prompt.replace(/[\x00-\x1f]/g, (c) => (c === "\n" ? "↵\n" : `‹${c.charCodeAt(0).toString(16).padStart(2, "0")}›`));

function fill(turn, story, again) {
  const body = $("drawer-body");
  body.replaceChildren();
  body.append(element("p", "asked", turn.text || turn.kind));
  const model = story?.characters;
  if (model) body.append(section("picture", ...pictureOf(story)));
  if (story?.by) body.append(section("path", ...timeline(turn, story)));
  else body.append(element("p", "dim", t("fixed")));
  if (story?.found) body.append(section("found", ...foundOf(story.found)));
  body.append(section("facts", factsOf(turn, story)));
  if (model) {
    body.append(section("drafts", element("p", "dim", t("draftsHint")), draftsOf(story)));
    body.append(section("prompt", element("pre", "prompt", readable(story.prompt))));
  }
  if (story) body.append(section("decisions", decisionsOf(turn, story)));
  body.append(section("tries", ...triesOf(turn, story)), section("XML", ...xmlOf(turn)));
  const copy = () => navigator.clipboard.writeText(turn.xml.plainIn).then(() => { keep.textContent = t("copied"); });
  const keep = button("", t("copy"), copy);
  const tools = element("div", "tools");
  tools.append(button("", t("again"), () => again(turn)), keep);
  body.append(tools);
}

export async function openDrawer(turn, again) {
  shown = turn;
  $("drawer").hidden = false;
  document.body.classList.add("with-drawer");
  $("drawer-body").replaceChildren(element("p", "dim", t("loading")));
  const story = await storyOf(turn);
  if (shown !== turn) return;
  redraw = () => fill(turn, story, again);
  redraw();
}

// Says it again, after a change of language.
export function translateDrawer() {
  if (shown) redraw();
}

export function closeDrawer() {
  shown = null;
  $("drawer").hidden = true;
  document.body.classList.remove("with-drawer");
}

export const drawerIsOpen = () => !$("drawer").hidden;

// Two answers to one question, each with its picture.
export async function showComparison(turns) {
  shown = turns;
  $("drawer").hidden = false;
  document.body.classList.add("with-drawer");
  const stories = await Promise.all(turns.map(storyOf));
  if (shown !== turns) return;
  redraw = () => fillComparison(turns, stories);
  redraw();
}

function fillComparison(turns, stories) {
  const body = $("drawer-body");
  body.replaceChildren(element("p", "asked", turns[0].text));
  turns.forEach((turn, at) => {
    const part = element("section", "part");
    const story = stories[at];
    part.append(element("h3", "", turn.model), element("p", "answer", turn.reply || t("fault")), factsOf(turn, story));
    if (story?.characters) part.append(...pictureOf(story));
    body.append(part);
  });
}
