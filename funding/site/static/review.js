// Saves a review while it is being written. Everything works without it: the buttons do the same.
// What could not be sent stays in this browser until it has been.
const form = document.getElementById("review");
const status = document.getElementById("saved");
const key = `review:${form.dataset.autosave}`;
let dirty = false;
let saving = false;
let held = "held" in form.dataset;

const fields = () => [...form.elements].filter((each) => each.name && each.type !== "hidden" && each.type !== "submit");

function say(look, words) {
  const shown = document.createElement("span");
  shown.className = `state ${look}`;
  shown.textContent = words;
  status.replaceChildren(shown);
}

function keep() {
  const values = {};
  for (const each of fields()) {
    if (each.type !== "radio" || each.checked) values[each.name] = each.value;
  }
  try {
    localStorage.setItem(key, JSON.stringify({ version: form.elements.version.value, values }));
  } catch {
    // A full or forbidden store: the page still holds the words.
  }
}

function forget() {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept then.
  }
}

// What this browser kept is shown again only on top of the very text that it was typed over.
function remember() {
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(key));
  } catch {
    return;
  }
  if (!kept || held) return;
  if (kept.version !== form.elements.version.value) return forget();
  for (const each of fields()) {
    if (!(each.name in kept.values)) continue;
    if (each.type === "radio") each.checked = each.value === kept.values[each.name];
    else each.value = kept.values[each.name];
  }
  dirty = true;
}

async function save() {
  if (!dirty || saving || held) return;
  saving = true;
  dirty = false;
  try {
    const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form) });
    const said = await answer.json();
    if (answer.ok) {
      form.elements.version.value = said.version;
      say("ok", said.saved);
      if (dirty) keep();
      else forget();
    } else {
      // Another window was faster, or it is handed in: only the person can decide now. What
      // cannot be read yet is sent again once it has changed.
      held = answer.status !== 422;
      say("stop", said.refused);
    }
  } catch {
    dirty = true;
    say("stop", form.dataset.unsaved);
  }
  saving = false;
}

form.addEventListener("input", () => {
  dirty = true;
  keep();
});
form.addEventListener("submit", () => {
  held = true;
  dirty = false;
});
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
document.addEventListener("visibilitychange", save);
remember();
setInterval(save, 4000);
