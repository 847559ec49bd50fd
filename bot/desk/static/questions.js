"use strict";
// Open questions: the ticked wordings get the answer that is written below them.

function ticked(form) {
  const rows = [...form.querySelectorAll("li")].filter((row) => row.querySelector("[type=checkbox]").checked);
  return {
    names: rows.flatMap((row) => row.querySelector("[type=checkbox]").dataset.names.split(" ")),
    questions: rows.map((row) => row.querySelector(".wording").value),
  };
}

for (const form of document.querySelectorAll("form.question")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { answer, source } = Object.fromEntries(new FormData(form));
    and(publish("POST", "questions/answer", { ...ticked(form), answers: [answer], source }));
  });
  form.querySelector(".dismiss").addEventListener("click", async () => {
    const { names } = ticked(form);
    try {
      await call("DELETE", "desk/questions", { names, by: $("by").value.trim() });
      toast(say("已移出列表", "off the list"));
      reload();
    } catch (error) {
      toast(problems(error), true);
    }
  });
}
