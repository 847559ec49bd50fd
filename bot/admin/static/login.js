"use strict";

function name() { $("language").textContent = english ? "中文" : "English"; }

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  $("said").textContent = "";
  try {
    await call("POST", "login", { token: $("token").value });
    const kept = await fetch(`${base}/overview`);
    if (kept.ok || kept.status === 503) location.reload();
    else $("said").textContent = say("浏览器没有保存登录凭据：请用 https 打开，或在本机打开。", "The browser kept no ticket: open this page over https, or on the machine itself.");
  } catch (error) {
    const wrong = say("令牌不对。", "That is not the token.");
    $("said").textContent = error.status === 401 ? wrong : error.message;
    $("token").select();
  }
});
$("language").addEventListener("click", () => { otherLanguage(); name(); });
translate();
name();
