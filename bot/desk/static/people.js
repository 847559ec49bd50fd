"use strict";
// Who waits for a person: the list is asked for every few seconds; what is being typed stays.

const EVERY_MS = 4000;
const STATES = { waiting: ["在等", "waiting"], answered: ["已回答", "answered"], platform: ["在微信客服工具里", "in the platform's tool"], missed: ["没等到，机器人已回来", "missed; the bot is back"] };
const REASONS = { asked: ["要人工", "asked for a person"], complaint: ["投诉", "complaint"], unanswered: ["机器人答不上", "the bot had no answer"] };
const cards = new Map();
const wordsOf = (words, key) => (words[key] ? say(...words[key]) : key);
const newId = () => [...crypto.getRandomValues(new Uint8Array(8))].map((one) => one.toString(16).padStart(2, "0")).join("");

function minutes(seconds) {
  const whole = Math.max(0, Math.floor(seconds / 60));
  return whole < 60 ? say(`${whole} 分钟`, `${whole} min`) : say(`${Math.floor(whole / 60)} 小时`, `${Math.floor(whole / 60)} h`);
}

function line(by, text) {
  const row = element("p", `wrote ${by}`);
  row.append(element("span", "dim", { follower: say("对方", "follower"), owner: say("你", "you"), bot: say("机器人", "bot") }[by]), " ", element("span", "", text));
  return row;
}

async function send(path, fields, then) {
  try {
    await call("POST", `desk/people/${path}`, fields);
    then();
    await look();
  } catch (error) {
    if (error.status === 401) location.reload();
    else toast(problems(error), true);
  }
}

// A card keeps its form: another look changes only what is above it.
function makeCard(user) {
  const node = element("section", "card wide person");
  const head = element("h3");
  const said = element("div", "talk");
  const form = element("form");
  const area = element("textarea");
  area.rows = 2;
  area.maxLength = Number($("people").dataset.longest);
  area.setAttribute("aria-label", say("回答", "answer"));
  let id = newId();
  const submit = element("button", "main", say("发送", "Send"));
  const back = button(say("交还给机器人", "Hand back to the bot"), () => send(`${user}/back`, { id: newId() }, () => toast(say("机器人回来了", "the bot is back"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!area.value.trim()) return;
    send(`${user}/answer`, { text: area.value, id }, () => { area.value = ""; id = newId(); toast(say("已发出", "sent")); });
  });
  const row = element("div", "row end");
  row.append(back, submit);
  form.append(area, row);
  node.append(head, said, form);
  return { node, head, said, form, seen: "" };
}

function fillCard(card, one, now) {
  const left = one.state === "missed" ? "" : ` · ${say("还剩", "left")} ${minutes(one.until - now)}`;
  card.head.replaceChildren(
    element("code", "", one.user.slice(0, 8)), " ",
    element("span", one.state === "waiting" ? "pill degraded" : "pill", wordsOf(STATES, one.state)), " ",
    element("span", "dim", `${wordsOf(REASONS, one.reason)} · ${minutes(now - one.since)}${left}`),
  );
  const seen = JSON.stringify([english, one.before, one.said, one.consented]);
  if (seen === card.seen) return;
  card.seen = seen;
  card.form.hidden = one.state === "platform";
  card.said.replaceChildren(
    ...one.before.flatMap((turn) => [line("follower", turn.user), line("bot", turn.assistant)]),
    ...one.said.map((said) => line(said.by, said.text)),
  );
  if (!one.consented) card.said.append(element("p", "dim", say("对方没有同意保存内容，这里看不到写了什么。", "The follower has not agreed that words are kept, so none are shown.")));
}

async function look() {
  const found = await call("GET", "desk/people/list");
  const users = new Set(found.people.map((one) => one.user));
  for (const [user, card] of cards) if (!users.has(user)) { card.node.remove(); cards.delete(user); }
  found.people.forEach((one, place) => {
    if (!cards.has(one.user)) cards.set(one.user, makeCard(one.user));
    const card = cards.get(one.user);
    fillCard(card, one, found.now);
    const at = $("people").children[place];
    if (at !== card.node && !card.node.contains(document.activeElement)) $("people").insertBefore(card.node, at || null);
  });
  $("nobody").hidden = found.people.length > 0;
}

async function watch() {
  try {
    if (!document.hidden) await look();
    $("people-wrong").hidden = true;
  } catch (error) {
    if (error.status === 401) return location.reload();
    $("people-wrong").hidden = false;
    $("people-wrong").textContent = problems(error);
  }
  return setTimeout(watch, EVERY_MS);
}

watch();
