"use strict";
// Plays the platform: asks the server for a signed push, posts it to the real webhook with the
// platform's retries (5 seconds, three tries, one MsgId), and shows what a follower would see.

const TRY_MS = 5000;
const TRIES = 3;
const FAULT = "该公众号提供的服务出现故障，请稍后再试";
const $ = (id) => document.getElementById(id);
const chat = $("chat");
let english = localStorage.getItem("language") === "en";
let lastTime = 0;

const follower = (() => {
  let id = localStorage.getItem("follower");
  if (!id) {
    id = "oConsole" + Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");
    localStorage.setItem("follower", id);
  }
  return id;
})();

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function bottom() { chat.scrollTop = chat.scrollHeight; }

function stamp() {
  const now = Date.now();
  if (now - lastTime < 180000) return;
  lastTime = now;
  chat.append(element("div", "time", new Date(now).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })));
}

function row(mine) {
  const line = element("div", mine ? "row mine" : "row");
  const stack = element("div", "stack");
  line.append(element("div", "face", mine ? "我" : "杏"), stack);
  chat.append(line);
  return { line, stack };
}

// The platform's clients show only links in a text; everything else stays text.
function fill(bubble, text) {
  const link = /<a href="([^"]*)"[^>]*>([^<]*)<\/a>/g;
  let at = 0;
  let found;
  while ((found = link.exec(text)) !== null) {
    bubble.append(text.slice(at, found.index));
    const target = new URL(found[1].replace(/&amp;/g, "&"));
    const anchor = element("a", "", found[2].replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&"));
    const command = target.searchParams.get("msgmenucontent");
    if (command) {
      anchor.tabIndex = 0;
      anchor.setAttribute("role", "button");
      anchor.addEventListener("click", () => send("text", command));
      anchor.addEventListener("keydown", (event) => { if (event.key === "Enter") send("text", command); });
    }
    bubble.append(anchor);
    at = found.index + found[0].length;
  }
  bubble.append(text.slice(at));
}

function showMine(kind, text) {
  stamp();
  const { stack } = row(true);
  const names = { voice: "🎙 ", image: "🖼 " };
  stack.append(element("div", "bubble", (names[kind] || "") + (text || (kind === "image" ? "[图片]" : ""))));
  bottom();
}

function showReply(place, text, facts) {
  place.stack.replaceChildren();
  const bubble = element("div", "bubble");
  const label = text.match(/\n(（[^（）\n]*AI生成[^（）\n]*）)/);
  fill(bubble, label ? text.replace(label[0], "") : text);
  if (label) bubble.append(element("span", "label", label[1]));
  place.stack.append(bubble);
  const details = element("details");
  details.append(element("summary", "", `${facts.ms} ms · ${facts.tries}× · ${english ? "how it came about" : "怎么来的"}`));
  const story = element("div", "story");
  details.append(story);
  details.addEventListener("toggle", async () => {
    if (!details.open || story.childElementCount) return;
    story.append(element("p", "dim", "…"));
    showStory(story, await fetchStory(follower, facts.id));
  });
  for (const [name, value] of [["→", facts.xml], ["→ POST", facts.sent], ["←", facts.received]]) {
    if (value) details.append(element("pre", "", `${name}\n${value}`));
  }
  place.stack.append(details);
  bottom();
}

async function call(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error || answer.statusText);
  return found;
}

async function push(composed) {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    try {
      const answer = await fetch(composed.url, {
        method: "POST", body: composed.body, headers: { "Content-Type": "text/xml" }, signal: AbortSignal.timeout(TRY_MS),
      });
      if (answer.ok) return { received: await answer.text(), tries };
    } catch (error) {
      if (error.name !== "TimeoutError" && error.name !== "AbortError") await new Promise((done) => setTimeout(done, 500));
    }
  }
  return { received: null, tries: TRIES };
}

async function send(kind, text) {
  if (kind === "text" || kind === "voice" || kind === "image") showMine(kind, text);
  const place = row(false);
  const dots = element("div", "bubble dots");
  dots.append(element("i"), element("i"), element("i"));
  place.stack.append(dots);
  bottom();
  $("state").textContent = english ? "typing…" : "对方正在输入…";
  const began = performance.now();
  try {
    const composed = await call("/console/compose", { follower, kind, text, safe: $("safe").checked });
    const { received, tries } = await push(composed);
    const facts = { ms: Math.round(performance.now() - began), tries, id: composed.message_id, xml: composed.xml, sent: composed.body, received };
    if (received === null) {
      place.line.replaceWith(element("div", "notice", FAULT));
    } else {
      const opened = await call("/console/open", { body: received });
      if (opened.text) showReply(place, opened.text, facts);
      else place.line.replaceWith(element("div", "notice", `${received || "(empty)"} · ${facts.ms} ms`));
    }
  } catch (error) {
    place.line.replaceWith(element("div", "notice", String(error.message || error)));
  } finally {
    $("state").textContent = "";
    bottom();
  }
}

function translate() {
  for (const node of document.querySelectorAll("[data-zh]")) node.textContent = english ? node.dataset.en : node.dataset.zh;
  $("language").textContent = english ? "中" : "EN";
  $("text").placeholder = english ? "Ask in Chinese, e.g. 黄芪有什么功效？" : "问点什么，例如：黄芪有什么功效？";
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  const kind = $("kind").value;
  if (!text && kind === "text") return;
  $("text").value = "";
  send(kind, text);
});
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("form").requestSubmit();
  }
});
$("follow").addEventListener("click", () => send("subscribe", ""));
$("unfollow").addEventListener("click", () => send("unsubscribe", ""));
$("language").addEventListener("click", () => {
  english = !english;
  localStorage.setItem("language", english ? "en" : "zh");
  translate();
});
translate();
if (!sessionStorage.getItem("greeted")) {
  sessionStorage.setItem("greeted", "1");
  send("subscribe", "");
}
