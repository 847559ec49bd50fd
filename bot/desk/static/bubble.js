"use strict";
// A reply as the phone shows it: links that send a text look like links, all else is text.

const LINK = /<a href="([^"]*)"[^>]*>([^<]*)<\/a>/g;
const plain = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&");

function fill(bubble, text) {
  let at = 0;
  bubble.replaceChildren();
  for (const found of text.matchAll(LINK)) {
    const sent = new URL(plain(found[1]), location.href).searchParams.get("msgmenucontent");
    const link = element("span", "tap", plain(found[2]));
    link.title = sent === null ? plain(found[1]) : say(`点一下发送：${sent}`, `a tap sends: ${sent}`);
    bubble.append(text.slice(at, found.index), link);
    at = found.index + found[0].length;
  }
  bubble.append(text.slice(at));
}
