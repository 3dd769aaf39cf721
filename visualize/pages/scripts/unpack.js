// The script of the page is compressed; browsers unpack it. The page's policy knows both scripts, and lets no other run.

const packed = Uint8Array.from(atob(document.getElementById("script").textContent), letter => letter.charCodeAt(0));
new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).text().then(text => {
  document.body.append(Object.assign(document.createElement("script"), { textContent: text }));
});
