"use strict";
// How a reply came about: what the model was given, how sure it was of each character, the drafts.

const say = (zh, en) => (localStorage.getItem("language") === "en" ? en : zh);
const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)}%`;

async function fetchStory(follower, messageId) {
  for (let tries = 0; tries < 12; tries += 1) {
    const answer = await fetch(`/console/trace/${follower}/${messageId}`);
    if (answer.ok) return answer.json();
    await new Promise((done) => setTimeout(done, 250)); // it is worked out after the reply is sent
  }
  return null;
}

function factsOf(story) {
  const speed = story.decode_ms > 0 ? Math.round((1000 * story.reply_bytes) / story.decode_ms) : 0;
  const list = element("dl", "facts");
  const rows = [
    [say("模型", "model"), `${story.model} ${story.version} · ${story.backend} · ${story.codec}`],
    [say("读入", "read"), `${story.prompt_bytes} / ${story.context} B · ${story.prefill_ms} ms`],
    [say("写出", "wrote"), `${story.reply_bytes} B · ${story.decode_ms} ms · ${speed.toLocaleString()} B/s · ${story.finish}`],
    [say("取样", "sampling"), `Top-E ${story.top_e} · T ${story.temperature} · ${say("第", "try ")}${story.attempt}${say("次", "")}`],
  ];
  for (const [name, value] of rows) list.append(element("dt", "", name), element("dd", "", value));
  return list;
}

function explain(card, one) {
  card.replaceChildren(element("b", "", `${one.text === "\n" ? "↵" : one.text}  ${one.entropy} ${say("比特", "bits")}`));
  one.steps.forEach((step, at) => {
    const kept = say(`${step.kept} 个可选`, `${step.kept} to draw from`);
    card.append(element("div", "dim", `${say("字节", "byte")} ${at + 1}: ${step.entropy} ${say("比特", "bits")} · ${kept} · p ${percent(step.probability)}`));
    const bars = element("div", "bars");
    for (const [text, share] of step.likeliest) {
      const bar = element("span", "bar", `${text === "\n" ? "↵" : text} ${percent(share)}`);
      bar.style.setProperty("--share", share);
      bars.append(bar);
    }
    card.append(bars);
  });
}

// The picture: the redder a character, the less sure the model was. Mouse, or arrow keys.
function pictureOf(story) {
  const box = element("div", "picture");
  box.tabIndex = 0;
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", say("每个字的熵", "entropy of each character"));
  const card = element("div", "why", say("把鼠标移到字上，或用方向键。越红越没把握。", "Point at a character, or use the arrow keys. Red: unsure."));
  card.setAttribute("aria-live", "polite");
  let at = -1;
  const spans = story.characters.map((one, number) => {
    const span = element("span", "", one.text);
    span.setAttribute("role", "option");
    span.style.setProperty("--heat", Math.min(1, one.entropy / 6));
    span.addEventListener("mouseenter", () => choose(number));
    box.append(span);
    return span;
  });
  function choose(number) {
    if (number < 0 || number >= spans.length) return;
    if (at >= 0) spans[at].setAttribute("aria-selected", "false");
    at = number;
    spans[at].setAttribute("aria-selected", "true");
    explain(card, story.characters[at]);
  }
  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    choose(at + step);
  });
  return [box, card];
}

function draftsOf(story) {
  const list = element("ol", "drafts");
  story.drafts.forEach((draft, number) => {
    const item = element("li", number === story.chosen ? "chosen" : "", draft.text || "∅");
    if (draft.shown !== draft.text) item.append(element("div", "dim", `→ ${draft.shown || "∅"}`));
    list.append(item);
  });
  return list;
}

function showStory(place, story) {
  place.replaceChildren();
  if (!story) {
    place.append(element("p", "dim", say("没有记录：固定回答不经过模型。", "No story: fixed answers need no model.")));
    return;
  }
  place.append(factsOf(story), ...pictureOf(story));
  place.append(element("p", "dim", say(`${story.drafts.length} 稿，取离问题最近的一稿：`, `${story.drafts.length} drafts; the one closest to the question:`)), draftsOf(story));
}
