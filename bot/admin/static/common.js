"use strict";
// Shared by the sign-in page, the dashboard and the desk: words in two languages, calls, elements.

const $ = (id) => document.getElementById(id);
const base = document.body.dataset.base;
const languageOf = () => localStorage.getItem("language") || (navigator.language.startsWith("zh") ? "zh" : "en");
let english = languageOf() === "en";
const say = (zh, en) => (english ? en : zh);

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

function button(text, action, className) {
  const node = element("button", className || "", text);
  node.type = "button";
  node.addEventListener("click", action);
  return node;
}

// A body that is a file is sent as it is, anything else as JSON.
async function call(method, path, body) {
  const headers = { "X-Xinglin-Csrf": document.body.dataset.csrf || "" };
  const raw = body === undefined || body instanceof Blob;
  headers["Content-Type"] = raw ? "application/octet-stream" : "application/json";
  const answer = await fetch(`${base}/${path}`, { method, headers, body: raw ? body : JSON.stringify(body) });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const error = new Error(found.error || `${answer.status} ${answer.statusText}`);
    error.status = answer.status;
    error.found = found;
    throw error;
  }
  return found;
}

function translate() {
  document.documentElement.lang = english ? "en" : "zh-CN";
  const { account, titleZh, titleEn } = document.body.dataset;
  document.title = `${account} · ${say(titleZh || "运行台", titleEn || "operations")}`;
  for (const node of document.querySelectorAll("[data-zh]")) node.textContent = english ? node.dataset.en : node.dataset.zh;
}

function otherLanguage() {
  english = !english;
  localStorage.setItem("language", english ? "en" : "zh");
  translate();
}

function toast(text, bad) {
  const node = $("toast");
  node.textContent = text;
  node.className = bad ? "show bad" : "show";
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { node.className = ""; }, bad ? 9000 : 4000);
}
