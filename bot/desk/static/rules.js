"use strict";
// The rules: a form each; what is typed is previewed as the phone would show it.

const lines = (text) => text.split("\n").map((one) => one.trim()).filter(Boolean);

function valuesOf(form) {
  const data = new FormData(form);
  const answer = data.get("answer");
  const values = { name: data.get("name") };
  for (const key of ["match", "contains", "regex", "hours", "days"]) values[key] = lines(data.get(key));
  if (answer === "text") {
    values.text = data.getAll("text");
    values.tap = lines(data.get("tap"));
    values.pick = data.get("pick") ? "all" : "random";
  } else if (answer === "video" || answer === "news") {
    values[answer] = {};
    for (const [key, text] of data) if (key.startsWith(`${answer}.`)) values[answer][key.slice(answer.length + 1)] = text;
  } else values[answer] = data.get(answer);
  return values;
}

function choose(form) {
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== form.elements.answer.value;
}

async function preview(form) {
  const box = form.querySelector(".preview");
  const wrong = form.querySelector(".wrong");
  try {
    const found = await call("POST", "desk/rules/preview", { values: valuesOf(form) });
    const shown = found.all ? [found.texts.join("\n\n")] : found.texts;
    if (found.media) shown.push(`(${found.media})`);
    if (found.ask) shown.push(say(`改问：${found.ask}`, `asked instead: ${found.ask}`));
    box.replaceChildren(...shown.map((text) => { const bubble = element("div", "bubble"); fill(bubble, text); return bubble; }));
    box.hidden = false;
    wrong.hidden = true;
  } catch (error) {
    box.hidden = true;
    wrong.hidden = false;
    wrong.textContent = problems(error);
  }
}

function wire(form) {
  const { number, was } = form.dataset;
  const there = `rules/${number}`;
  choose(form);
  form.addEventListener("input", () => {
    choose(form);
    clearTimeout(form.timer);
    form.timer = setTimeout(() => preview(form), 300);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = valuesOf(form);
    and(number === "0" ? publish("POST", "rules", { values }) : publish("PUT", there, { values, was }));
  });
  form.querySelector(".more-text").addEventListener("click", () => {
    const area = element("textarea");
    area.name = "text";
    area.rows = 2;
    form.querySelector(".variants").append(area);
    area.focus();
  });
  form.querySelector(".remove")?.addEventListener("click", () => { if (confirm(say(`删除规则 ${number}？`, `Remove rule ${number}?`))) and(publish("DELETE", there, { was })); });
  for (const node of form.querySelectorAll(".move")) node.addEventListener("click", () => and(publish("POST", `${there}/move`, { was, to: Number(node.dataset.to) })));
}

document.querySelectorAll("form.rule").forEach(wire);
