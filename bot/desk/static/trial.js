"use strict";
// A question tried: the reply as the phone shows it, and below it what answered.

const STEPS = { empty: ["空消息", "empty message"], command: ["指令", "command"], danger: ["危险信号", "danger sign"], wordless: ["只有表情", "no words"], blocked: ["屏蔽词", "blocked word"], complaint: ["投诉", "complaint"], person: ["转人工", "a person"], rule: ["规则", "rule"], default: ["默认回复", "default reply"], notes: ["资料", "notes"] };
const BY = { cell: ["表里的一格", "a cell of a table"], card: ["表里的一行", "a row of a table"], group: ["表里的一列", "a column of a table"], note: ["一条资料", "a note"], library: ["书库引文", "the library"], source: ["出处", "the source"], talk: ["闲聊", "small talk"], offered: ["给出几个题目", "topics offered"], nothing: ["没有写到", "nothing on this"], model: ["模型自己", "the model alone"] };
const BANDS = { answer: ["有把握", "sure"], offer: ["不能肯定", "not sure"], pass: ["没有写到", "nothing on this"] };
const inWords = (words, key) => (words[key] ? say(...words[key]) : key);

function tell(found) {
  const bubble = element("div", "bubble");
  fill(bubble, found.reply || say("（不回复）", "(no reply)"));
  if (found.label) bubble.append(element("span", "label", found.label));
  const facts = element("p", "dim", [inWords(STEPS, found.step), found.name, found.by && inWords(BY, found.by), found.found && inWords(BANDS, found.found.band)].filter(Boolean).join(" · "));
  const list = element("ul", "plain");
  for (const one of (found.found && found.found.evidence) || []) list.append(element("li", "dim", `${one.score.toFixed(2)} ${one.topic} [${one.source}]`));
  $("trial-told").replaceChildren(bubble, facts, list);
}

$("trial").addEventListener("submit", async (event) => {
  event.preventDefault();
  $("trial-told").replaceChildren(element("p", "dim", "…"));
  try {
    tell(await call("POST", "desk/trial", { text: $("trial-text").value }));
  } catch (error) {
    $("trial-told").replaceChildren(element("p", "bad", problems(error)));
  }
});
