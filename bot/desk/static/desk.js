"use strict";
// The desk: each change is sent with the version that the page was made from, and signed.

const seen = () => Number(document.body.dataset.version);

// Publishes a change; the page stays as it is where it was refused, so that nothing typed is lost.
async function publish(method, path, fields, renewed) {
  document.body.classList.add("busy");
  try {
    const signed = { base: seen(), by: $("by").value.trim() };
    const done = fields instanceof Blob
      ? await call(method, `desk/${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams(signed)}`, fields)
      : await call(method, `desk/${path}`, { ...fields, ...signed });
    told(done);
    return done;
  } catch (error) {
    if (error.status === 401) toast(say("登录过期了：请在另一个标签页登录，再回来保存一次；写的内容还在。", "Signed out: sign in in another tab, then save again; what was typed is still here."), true);
    else if (error.status === 403 && !renewed) { await renew(); return publish(method, path, fields, true); }
    else if (error.status === 409 && error.found.current) return outrun(error.found, () => publish(method, path, fields));
    else toast(problems(error), true);
    return null;
  } finally {
    document.body.classList.remove("busy");
  }
}

// Another sign-in has another word against forged requests: it is taken from the page as it is now.
async function renew() {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  document.body.dataset.csrf = page.body.dataset.csrf || "";
}

// Somebody published meanwhile: the owner decides whether the change goes on top of that.
function outrun(found, again) {
  const text = say(`${found.zh}\n\n要把你的修改加在版本 ${found.current} 上吗？`, `${found.error}\n\nPut your change on top of version ${found.current}?`);
  if (!confirm(text)) return null;
  document.body.dataset.version = found.current;
  return again();
}

const problems = (error) => ((error.found && error.found.problems) || [{ zh: error.message, en: error.message }]).map((one) => say(one.zh, one.en)).join("\n");

function told(done) {
  const rest = [...done.warnings.map((one) => say(one.zh, one.en)), ...done.refused, ...done.late.map((name) => say(`${name} 还没有回应`, `${name} has not answered yet`))];
  toast([say(`版本 ${done.version} 已生效`, `version ${done.version} is in force`), ...rest].join("；"), rest.length > 0);
}

// A reload shows what is in force now; its word of success is carried over.
function reload() {
  sessionStorage.setItem("told", $("toast").textContent);
  reload.going = true;
  location.reload();
}

const and = async (done) => { if (await done) reload(); };

function name() {
  $("language").textContent = english ? "中" : "EN";
  for (const node of document.querySelectorAll("[data-hint-zh]")) node.placeholder = english ? node.dataset.hintEn : node.dataset.hintZh;
}

$("by").value = localStorage.getItem("by") || "";
$("by").addEventListener("change", () => localStorage.setItem("by", $("by").value.trim()));
$("language").addEventListener("click", () => { otherLanguage(); name(); });
$("leave").addEventListener("click", async () => { await call("POST", "logout"); location.reload(); });
for (const node of document.querySelectorAll("[data-rollback]")) {
  node.addEventListener("click", async () => {
    const number = node.dataset.rollback;
    if (confirm(say(`退回到版本 ${number}？`, `Go back to version ${number}?`)) && await publish("POST", `versions/${number}/rollback`, {})) reload();
  });
}
translate();
name();
const carried = sessionStorage.getItem("told");
if (carried) toast(carried);
document.body.dataset.told = carried || "";
sessionStorage.removeItem("told");
