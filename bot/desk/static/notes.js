"use strict";
// The notes: added, brought as files, searched, and edited in their places.

const lines = (text) => text.split("\n").map((one) => one.trim()).filter(Boolean);
const names = () => [...document.querySelectorAll(".files [data-file]")].map((one) => one.dataset.file);

function wrong(form, text) {
  const place = (form.querySelector(".wrong") || form.parentElement.querySelector(".wrong"));
  place.textContent = text;
  place.hidden = !text;
}

// A file that is there already is replaced only by who says so.
async function bring(form, file, name) {
  const { limit, endings } = $("bring").dataset;
  if (file.size > Number(limit)) {
    wrong(form, say(`${name} 有 ${file.size.toLocaleString()} 字节，最多 ${limit >> 20} MiB；请拆开`, `${name} has ${file.size.toLocaleString()} bytes; at most ${limit >> 20} MiB, so split it`));
    return;
  }
  if (!endings.split(" ").some((one) => name.toLowerCase().endsWith(one))) {
    wrong(form, say(`${name}：只收 ${endings}；表格请另存为 CSV，文档另存为 txt`, `${name}: notes end in ${endings}; save a table as CSV and a document as txt`));
    return;
  }
  const there = names().includes(name);
  if (there && !confirm(say(`已经有 ${name}，要替换吗？`, `There is a ${name} already. Replace it?`))) return;
  wrong(form, "");
  and(publish("PUT", `notes/files/${name.split("/").map(encodeURIComponent).join("/")}${there ? "?replace=1" : ""}`, file));
}

function area(label, name, text, rows) {
  const box = element("label", "", label);
  const input = element("textarea");
  input.name = name;
  input.rows = rows;
  input.value = text;
  box.append(input);
  return box;
}

const EDITORS = {
  pair: ({ questions, answers }) => [area(say("问法，每行一个", "Questions, one a line"), "questions", questions.join("\n"), questions.length + 1), area(say("回答", "Answer"), "answer", answers[0], 3)],
  record: ({ topic, questions, answers, source }) => [area(say("题目", "Topic"), "topic", topic, 1), area(say("问法，每行一个", "Questions, one a line"), "questions", questions.join("\n"), questions.length + 1),
    ...answers.map((one) => area(say("回答", "Answer"), "answer", one, 3)), area(say("来源", "Source"), "source", source, 1)],
  row: ({ cells }) => cells.map(([name, cell]) => area(name, "cell", cell, 1)),
  text: ({ text }) => [area(say("原文", "Text"), "text", text, text.split("\n").length + 1)],
};

function valuesOf(kind, form) {
  const data = new FormData(form);
  if (kind === "row") return { cells: data.getAll("cell") };
  if (kind === "text") return { text: data.get("text") };
  return { topic: data.get("topic") || "", questions: lines(data.get("questions")), answers: data.getAll("answer"), source: data.get("source") || "" };
}

async function edit(item) {
  const { file, line } = item.dataset;
  const note = await call("GET", `desk/notes/one?${new URLSearchParams({ file, line })}`);
  const place = { file, line: Number(line), was: note.mark };
  const form = element("form", "stack");
  const row = element("div", "row end");
  const save = element("button", "main", say("保存并发布", "Save and publish"));
  row.append(button(say("删除…", "Remove…"), () => { if (confirm(say("删除这一条？", "Remove this note?"))) and(publish("DELETE", "notes/one", place)); }, "danger"), button(say("取消", "Cancel"), () => form.remove()), save);
  form.append(...EDITORS[note.kind](note.values), row);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    and(publish("PUT", "notes/one", { ...place, values: valuesOf(note.kind, form) }));
  });
  item.querySelector("form")?.remove();
  item.append(form);
  form.querySelector("textarea").focus();
}

for (const item of document.querySelectorAll(".notes li[data-file]")) {
  item.querySelector(".edit").addEventListener("click", () => edit(item).catch((error) => toast(problems(error), true)));
}
for (const node of document.querySelectorAll(".drop")) {
  const { file } = node.closest("li").dataset;
  node.addEventListener("click", () => { if (confirm(say(`删除 ${file}？`, `Remove ${file}?`))) and(publish("DELETE", `notes/files/${file.split("/").map(encodeURIComponent).join("/")}`, {})); });
}
$("add").addEventListener("submit", (event) => {
  event.preventDefault();
  const data = new FormData(event.target);
  and(publish("POST", "notes", { questions: lines(data.get("questions")), answers: [data.get("answer")], source: data.get("source") }));
});
$("upload").addEventListener("submit", (event) => {
  event.preventDefault();
  const file = event.target.elements.file.files[0];
  bring(event.target, file, file.name);
});
$("paste").addEventListener("submit", (event) => {
  event.preventDefault();
  const data = new FormData(event.target);
  const name = data.get("name").trim();
  bring(event.target, new Blob([data.get("text")]), name.includes(".") ? name : `${name}.txt`);
});
$("search").addEventListener("submit", (event) => {
  event.preventDefault();
  location.search = new URLSearchParams(new FormData(event.target));
});
