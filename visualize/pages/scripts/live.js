// The part of the page that only the script needs, which is packed with it: its style sheet, its controls, its panels.

document.head.append(Object.assign(document.createElement("style"), { textContent: live.sheet }));
for (const part of [...document.createRange().createContextualFragment(live.elements).children])
  document.querySelector(part.matches("nav, #film, #modes, #given, #branches") ? "header" : part.matches("#look") ? "#view" : "main").append(part);
