// Saves what is being written: an application, a review, a report. Everything works without it:
// the buttons do the same. What could not be sent stays in this browser until it has been.
const form = document.querySelector("form[data-autosave]");
const status = document.getElementById("saved");
const key = `typed:${form.dataset.autosave}`;
const TICKED = ["checkbox", "radio"];
let dirty = false;
let saving = false;
let held = "held" in form.dataset;

const fields = () => [...form.elements].filter((each) => each.name && !["file", "hidden", "submit"].includes(each.type));

function say(look, words) {
  const shown = document.createElement("span");
  shown.className = `state ${look}`;
  shown.textContent = words;
  status.replaceChildren(shown);
}

// What is ticked is kept as a list of the values that are, so that nothing ticked is kept as well.
function keep() {
  const values = {};
  for (const each of fields()) {
    if (!TICKED.includes(each.type)) values[each.name] = each.value;
    else values[each.name] = [...(values[each.name] ?? []), ...(each.checked ? [each.value] : [])];
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
    if (TICKED.includes(each.type)) each.checked = kept.values[each.name].includes(each.value);
    else each.value = kept.values[each.name];
  }
  dirty = true;
}

function show(said) {
  form.elements.version.value = said.version;
  for (const [name, words] of Object.entries(said.counts ?? {})) {
    form.querySelector(`[data-count="${name}"]`).textContent = words;
  }
  for (const [name, words] of Object.entries(said.sums ?? {})) {
    for (const each of form.querySelectorAll(`[data-sum="${name}"]`)) each.textContent = words;
  }
  form.querySelectorAll("[data-limit]").forEach((each, at) => {
    const [isOver, words] = said.limits?.[at] ?? [false, ""];
    each.textContent = words;
    each.className = isOver ? "err" : "";
  });
  form.querySelectorAll("[data-amount]").forEach((each, at) => {
    each.textContent = said.amounts?.[at] ?? "";
  });
}

async function save() {
  if (!dirty || saving || held) return;
  saving = true;
  dirty = false;
  try {
    const typed = new FormData(form);
    // A chosen file goes by a way of its own.
    typed.delete("file");
    const answer = await fetch(form.dataset.autosave, { method: "POST", body: typed });
    const said = await answer.json();
    if (answer.ok) {
      show(said);
      say("ok", said.saved);
      // What was typed meanwhile was typed over this version.
      if (dirty) keep();
      else forget();
    } else {
      // Another window was faster, or it is over: only the person can decide now. What cannot be
      // read yet is sent again once it has changed.
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
document.getElementById("said")?.focus();
