// Sends a chosen file in pieces, so that a line that breaks costs one piece and not the file.
// Everything works without it: then the button sends the file with the form, at once.
const box = document.getElementById("file");
const button = document.getElementById("file-add");
const line = document.getElementById("file-said");
const bar = document.getElementById("file-bar");
const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
const WAITS = [2, 5, 10, 20, 30];

function say(words, look = "wait") {
  const shown = document.createElement("span");
  // A sentence is longer than a state, which stays on one line.
  shown.className = look === "stop" ? "err" : look === "ok" ? "state ok" : "";
  shown.textContent = words;
  line.replaceChildren(shown);
}

async function fingerprint(file) {
  const found = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(found)].map((each) => each.toString(16).padStart(2, "0")).join("");
}

async function ask(address, body) {
  const answer = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token } });
  // A page instead of an answer: somebody signed out, or the server is being changed.
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new TypeError();
  return answer.json();
}

// Tries again for as long as the line is down; a refusal is an answer and ends it.
async function stubborn(address, body) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask(address, body());
    } catch {
      say(line.dataset.waiting);
      const seconds = WAITS[Math.min(tries, WAITS.length - 1)];
      await new Promise((go) => {
        const later = setTimeout(go, seconds * 1000);
        addEventListener("online", () => { clearTimeout(later); go(); }, { once: true });
      });
    }
  }
}

async function send(file) {
  const sha256 = await fingerprint(file);
  const about = () => {
    const told = new FormData();
    for (const [name, value] of Object.entries({ name: file.name, size: file.size, sha256 })) told.set(name, value);
    return told;
  };
  let stands = await stubborn(box.dataset.begin, about);
  const { uuid, piece } = stands;
  while (!stands.refused && !stands.there) {
    const start = stands.received;
    bar.max = file.size;
    bar.value = start;
    say(`${file.name}: ${Math.floor((start * 100) / file.size)} %`);
    const address = `${box.dataset.begin}${uuid}/?start=${start}`;
    stands = await stubborn(address, () => file.slice(start, start + piece));
    // Told that it goes on from another place: it does.
    if (stands.refused && stands.received !== undefined && stands.received !== start) delete stands.refused;
  }
  return stands;
}

async function show() {
  const page = new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), "text/html");
  const fresh = page.getElementById("files");
  if (fresh) document.getElementById("files").replaceWith(document.importNode(fresh, true));
}

async function go() {
  const [file] = box.files;
  if (!file) return;
  if (file.size > Number(box.dataset.most)) return say(box.dataset.large, "stop");
  button.disabled = true;
  bar.hidden = false;
  try {
    const stands = await send(file);
    if (stands.refused) return say(stands.refused, "stop");
    say(file.name, "ok");
    box.value = "";
    await show();
  } catch {
    say(line.dataset.unread, "stop");
  } finally {
    button.disabled = false;
    bar.hidden = true;
  }
}

if (box && crypto.subtle) {
  button.addEventListener("click", (event) => {
    if (!box.files.length) return;
    event.preventDefault();
    go();
  });
}
